using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <content>
/// Sub-groups, each in a domain of its own: the best one first (<see cref="DomainSearch"/>). The ranking knows free whole GPUs only, and each step
/// of it looks at every domain of the tier: where its answers are in vain, the domains are gone through as they are numbered. What has no room for
/// one sub-group has none for the next, so a role goes through them once.
/// </content>
internal readonly ref partial struct GangTry
{
    /// <summary>
    /// Domains tried in vain in the order of their rank, and as many again of the others, by all sub-groups of a decision: it must stay one of
    /// milliseconds.
    /// </summary>
    public const int MaxInVain = 256;

    private void FillSubgroups(int domain, int first, int end)
    {
        var role = Gang.Roles[State.Gangs.Missing[first].Role];
        var others = new NumberedDomains(State.Nodes.Topology, domain, role.SubgroupTier);
        for (int next; first < end; first = next)
        {
            next = Subgroups.EndOf(State.Gangs, role, first, end);
            var mates = Subgroups.DomainOfMates(State, role, State.Gangs.Missing[first].Index);
            var filled = State.Nodes.Domains is { } domains
                && (mates >= 0 ? FillAround(mates, domain, role, first, next) : FillAnywhere(domains, domain, role, first, next, ref others));
            // One that is tied to its mates says nothing of the others.
            if (!filled && (mates < 0 || Gang.Needed == Gang.Members))
                return;
        }
    }

    private bool FillAround(int mates, int domain, GangRole role, int first, int end)
    {
        var tree = State.Nodes.Topology;
        foreach (var around in tree.NearToFar(mates, role.SubgroupTier))
        {
            if (tree.Contains(domain, around) && FillWhole(around, first, end))
                return true;
        }
        return false;
    }

    private bool FillAnywhere(DomainCounts domains, int domain, GangRole role, int first, int end, ref NumberedDomains others)
    {
        var scratch = State.Gangs;
        var (need, group) = (new GpuNeed([new MemberDemand(role.Shape.WholeGpus, end - first)]), GroupFor(role.Shape));
        if (scratch.TriedInVain < MaxInVain)
        {
            foreach (var part in domains.Search(group, need, role.SubgroupTier, domain))
            {
                // The first one is the right one as a rule.
                if ((scratch.TriedInVain == 0 || GangRoom.Holds(this, part, first, end)) && FillWhole(part, first, end))
                    return true;
                if (++scratch.TriedInVain == MaxInVain)
                    break;
            }
            if (scratch.TriedInVain < MaxInVain)
                return false;
        }
        for (; !others.IsAtEnd && scratch.TriedInVain < 2 * MaxInVain; others.Advance())
        {
            if (!domains.Holds(others.Current, group, need) || !GangRoom.Holds(this, others.Current, first, end))
                continue;
            if (FillWhole(others.Current, first, end))
                return true;
            scratch.TriedInVain++;
        }
        return false;
    }

    private bool FillWhole(int domain, int first, int end)
    {
        var before = State.Gangs.Entered.Count;
        if (Fill(domain, first, end) == end - first)
            return true;
        Undo(before);
        return false;
    }

    /// <summary>The domains of at most a tier within another one: tiers ascending, in a tier as they are numbered.</summary>
    private ref struct NumberedDomains
    {
        private readonly TopologyTree _tree;
        private readonly int _within;
        private readonly int _maxTier;
        private int _level;

        public NumberedDomains(TopologyTree tree, int within, int maxTier)
        {
            (_tree, _within, _maxTier, Current) = (tree, within, maxTier, within - 1);
            Advance();
        }

        public int Current { get; private set; }

        public readonly bool IsAtEnd => _level == _tree.LevelCount || _tree.TierOfLevel(_level) > _maxTier;

        public void Advance()
        {
            for (; !IsAtEnd; (_level, Current) = (_level + 1, _within - 1))
            {
                while (++Current < _tree.EndOf(_within))
                {
                    if (_tree.LevelOf(Current) == _level)
                        return;
                }
            }
        }
    }
}
