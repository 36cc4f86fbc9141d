using Pipeline.Scheduling.Gangs;

namespace Pipeline.Scheduling.Preemption;

/// <content>
/// Sub-groups, each in a domain of its own, the cheapest at that moment. As with the nodes, the order of these domains is kept lazily: they are
/// estimated once, and the first few of them planned anew for each sub-group.
/// </content>
internal readonly partial struct GangPlan
{
    private bool TryFillSubgroups(GangRole role, int first, int end, ref DomainRoom room)
    {
        var (members, placed, vain, others) = (0, 0, 0, OthersOf(end));
        for (int last; first < end; first = last)
        {
            last = Subgroups.EndOf(state.Gangs, role, first, end);
            var (units, seats) = (state.Preemption.Victims.Count, state.Preemption.Seats.Count);
            if (Subgroups.DomainOfMates(state, role, state.Gangs.Missing[first].Index) is >= 0 and var mates)
            {
                if (PartOf(mates, role) is not (>= 0 and var part) || !TryFill(part, first, last))
                {
                    // One that is tied to its mates says nothing of the others; those beyond the fewest take the place of its members.
                    if ((others -= last - first) < 0)
                        return false;
                    state.Preemption.Victims.Rollback(units);
                    state.Preemption.Seats.Rollback(seats);
                    end += last - first;
                    continue;
                }
            }
            else
            {
                // Of those without mates only the last one can be smaller: members beyond the fewest evict nobody.
                if (members != last - first)
                    EnqueueParts(role, first, members = last - first);
                if (!TryFillCheapest(role, first, last, placed, ref vain, ref room))
                    return false;
            }
            EnqueueCheaperParts(role, units);
            placed++;
        }
        return true;
    }

    /// <summary>Missing members of the same role from this one on.</summary>
    private int OthersOf(int end)
    {
        var (missing, next) = (state.Gangs.Missing, end);
        while (next < missing.Count && missing[next].Role == missing[end - 1].Role)
            next++;
        return next - end;
    }

    private bool TryFillCheapest(GangRole role, int first, int last, int placed, ref int vain, ref DomainRoom room)
    {
        var (scratch, parts) = (state.Preemption, state.Preemption.Domains);
        var (units, seats, before) = (scratch.Victims.Count, scratch.Seats.Count, scratch.Victims.Cost);
        // Of shares and members without a GPU the estimates know nothing.
        var most = role.Shape.WholeGpus > 0 ? GangPreemption.Compared : GangPreemption.MaxTries;
        var (best, least) = (-1, long.MaxValue);
        for (var planned = 0; planned < most && parts.TryPeek(out var part, out var rank) && rank.Cost < least;)
        {
            while (parts.TryPeek(out var again, out _) && again == part)
                parts.Dequeue();
            // One that has no room now has none for the next either, so each fails once; those that have been filled may do so.
            if (vain > 0 && !room.IsIn(offer with { Domain = part }, state.Gangs.Missing[first].Role, last - first))
                continue;
            var filled = TryFill(part, first, last);
            var cost = scratch.Victims.Cost - before;
            scratch.Victims.Rollback(units);
            scratch.Seats.Rollback(seats);
            if (!filled)
            {
                if (++vain - placed == GangPreemption.MaxTries)
                    return false;
                continue;
            }
            planned++;
            if (cost < least)
                (best, least, part, cost) = (part, cost, best, least);
            if (part >= 0)
                parts.Enqueue(part, new CostRank(cost, part));
        }
        if (best < 0 || !TryFill(best, first, last))
            return false;
        parts.Enqueue(best, new CostRank(least, best));
        return true;
    }

    /// <summary>Every domain that may hold a sub-group, by an estimate of the cost. Of domains within each other the widest has the most to offer.</summary>
    private void EnqueueParts(GangRole role, int first, int members)
    {
        var (parts, prices, tree) = (state.Preemption.Domains, state.Preemption.Prices, state.Nodes.Topology);
        parts.Clear();
        prices.Begin(state, offer.By, role.Shape, offer.Group, newcomers.Nodes?.NodesOf(state.Gangs.Missing[first].Role));
        for (var part = offer.Domain; part < tree.EndOf(offer.Domain);)
        {
            var allowed = tree.TierOf(part) <= role.SubgroupTier;
            if (allowed && prices.Of(part, members) is >= 0 and var estimate)
                parts.Enqueue(part, new CostRank(estimate * Impact.PerGpuSecond, part));
            part = allowed ? tree.EndOf(part) : part + 1;
        }
    }

    /// <summary>The domains of gangs that have just been broken, to be judged anew.</summary>
    private void EnqueueCheaperParts(GangRole role, int units)
    {
        var (victims, workloads, nodes) = (state.Preemption.Victims, state.Workloads, state.Nodes);
        for (var unit = units; unit < victims.Count; unit++)
        {
            for (var slot = victims[unit].Breaks ? state.Sets[victims[unit].Set].First : -1; slot >= 0; slot = workloads.NextInSet(slot))
            {
                if (PartOf(nodes.DomainOf(workloads[slot].Node), role) is >= 0 and var part)
                    state.Preemption.Domains.Enqueue(part, new CostRank(0, part));
            }
        }
    }

    /// <summary>The widest domain for sub-groups of the role that is or contains this one; -1 when there is none.</summary>
    private int PartOf(int domain, GangRole role)
    {
        var tree = state.Nodes.Topology;
        var part = tree.HighestAround(domain, role.SubgroupTier);
        return part < 0 || !tree.Contains(offer.Domain, domain) ? -1 : Math.Max(part, offer.Domain);
    }
}
