using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>One attempt to place the missing members of a gang, on one machine group or on any. What did not succeed is undone to the last bit.</summary>
internal readonly ref partial struct GangTry(ClusterState state, GangSpec gang, GangNodes? candidates, int group, long now)
{
    public ClusterState State { get; } = state;

    public GangSpec Gang { get; } = gang;

    /// <summary>Machine group index, or <see cref="DomainCounts.AnyGroup"/>.</summary>
    public int Group { get; } = group;

    public GpuNeed NeedOfAll() => NeedOf(State.Gangs.Missing.Count, State.Gangs.Missing.Count);

    public GpuNeed NeedOfFewest() => NeedOf(Fewest, Fewest);

    /// <summary>Of as many, those that take the fewest GPUs.</summary>
    public GpuNeed NeedOfSmallest() => NeedOf(Fewest, State.Gangs.Missing.Count);

    /// <summary>The only nodes for members of the role; null: any.</summary>
    public NodeSet? CandidatesOf(int role) => candidates?.NodesOf(role);

    /// <summary>Members may be anywhere; the placement index says where.</summary>
    public bool Anywhere()
    {
        Begin(out var meter);
        foreach (var (role, _, workload) in State.Gangs.Missing)
        {
            if (!SitAnywhere(role, workload) && Gang.Needed == Gang.Members)
                break;
        }
        return End(meter);
    }

    /// <summary>Members must be in the domain.</summary>
    public bool In(int domain)
    {
        Begin(out var meter);
        var spare = Gang.Members - Gang.Needed;
        foreach (var (role, first, end) in State.Gangs.RunsOf(Gang, State.Gangs.Missing.Count))
        {
            var before = State.Gangs.Entered.Count;
            if (role.SubgroupSize > 0)
                FillSubgroups(domain, first, end);
            else
                Fill(domain, first, end);
            spare -= end - first - (State.Gangs.Entered.Count - before);
            if (spare < 0)
                break;
        }
        return End(meter);
    }

    private bool SitAnywhere(int role, ulong workload)
    {
        var shape = ShapeOf(role);
        var groups = Entry.AdmittedGroups(State, shape, Gang.Traits);
        if (groups.IsEmpty)
            return false;
        var node = NodeChoice.Of(State, shape, groups, Gang.Milli, CandidatesOf(role), out var gpus);
        if (node >= 0)
            Sit(role, workload, node, gpus);
        return node >= 0;
    }

    /// <summary>Seats members of one role in the domain and those below it; returns how many.</summary>
    private int Fill(int domain, int first, int end)
    {
        var (state, next) = (State, first);
        var role = state.Gangs.Missing[first].Role;
        var shape = ShapeOf(role);
        var parts = state.Gangs.Domains;
        parts.Clear();
        for (var part = domain; part < state.Nodes.Topology.EndOf(domain); part++)
        {
            if (CapacityUnder(part, shape) is > 0 and var capacity)
                parts.Add((capacity, part));
        }
        parts.Sort(static (a, b) => a.Capacity != b.Capacity ? a.Capacity.CompareTo(b.Capacity) : b.Domain.CompareTo(a.Domain));
        while (next < end && parts.Count > 0)
        {
            // The smallest that holds all the rest, else the largest: the gang is on as few leaves as can be.
            var at = 0;
            while (at < parts.Count - 1 && parts[at].Capacity < end - next)
                at++;
            var part = parts[at].Domain;
            parts.RemoveAt(at);
            next = FillNodes(part, shape, CandidatesOf(role), next, end);
        }
        return next - first;
    }

    private int FillNodes(int domain, in Shape shape, NodeSet? accepted, int next, int end)
    {
        var (state, nodes) = (State, State.Nodes);
        foreach (var node in state.Gangs.InBestFitOrder(nodes, nodes.NodesUnder(domain), shape.WholeGpus))
        {
            while (next < end && accepted?.Contains(node) != false && Fits(node, shape))
            {
                Sit(state.Gangs.Missing[next].Role, state.Gangs.Missing[next].Workload, node, GpuChoice.Of(nodes, node, shape));
                next++;
            }
            if (next == end)
                break;
        }
        return next;
    }

    private bool Fits(int node, in Shape shape)
    {
        var nodes = State.Nodes;
        var group = nodes.GroupIndexOf(node);
        return shape.Groups.Contains(group) && !nodes.IsFull(node)
            && nodes.FreeCpu(node) >= shape.CpuMilli && nodes.FreeMemory(node) >= shape.MemoryMib
            && GpuChoice.Exists(nodes, node, shape)
            && QuotaCheck.KindFor(State.Tenancy.Usage, Gang.Traits.Project, group, Gang.Traits.Provisioning, shape.Milli) != QuotaCheck.OverQuota;
    }

    // What hangs under the domain itself; domains below it are counted by themselves.
    private int CapacityUnder(int domain, in Shape shape)
    {
        var nodes = State.Nodes;
        if (nodes.Domains is { } domains && nodes.Topology.EndOf(domain) == domain + 1 && !shape.IsShare)
            return domains.Capacity(domain, GroupFor(shape), shape.GpuCount);
        var capacity = 0;
        foreach (var node in nodes.NodesUnder(domain))
            capacity += !nodes.IsOpen(node) ? 0 : shape.GpuCount == 0 || shape.IsShare ? 1 : nodes.FreeGpuCount(node) / shape.GpuCount;
        return capacity;
    }

    private void Sit(int role, ulong workload, int node, uint gpus)
    {
        var scratch = State.Gangs;
        if (scratch.Set < 0)
            scratch.Set = State.Sets.Ensure(SetKind.Gang, Gang.Id, null);
        scratch.Seated++;
        scratch.Entered.Add(Ledger.Enter(State, Placer.RowFor(
            State, workload, Gang.Name, Gang.Roles[role].Shape, Gang.Traits, node, gpus, now + Placer.LongAssumptionLife, scratch.Set)));
    }

    private void Begin(out ProjectMeters.Meter meter)
    {
        meter = State.Tenancy.Meters[Gang.Traits.Project];
        State.Gangs.Entered.Clear();
        State.Gangs.Set = -1;
    }

    private bool End(in ProjectMeters.Meter meter)
    {
        var entered = State.Gangs.Entered.Count;
        if (entered > 0 && entered >= Gang.NeededOf(State.Gangs.Missing.Count))
            return true;
        Undo(0);
        State.Tenancy.Meters.Restore(Gang.Traits.Project, meter);
        return false;
    }

    private void Undo(int keep)
    {
        var entered = State.Gangs.Entered;
        for (var at = entered.Count - 1; at >= keep; at--)
            Ledger.Strike(State, entered[at]);
        entered.RemoveRange(keep, entered.Count - keep);
        // The set may have gone with its last member.
        State.Gangs.Set = -1;
    }

    private Shape ShapeOf(int role)
    {
        var shape = Gang.Roles[role].Shape;
        return Group == DomainCounts.AnyGroup || shape.GpuCount == 0 ? shape : shape with { Groups = GroupSet.Of(Group) };
    }

    // Where nodes are counted. Members without GPUs may be on any.
    private int GroupFor(in Shape shape) => shape.GpuCount == 0 ? DomainCounts.AnyGroup : Group;

    private int Fewest => Gang.FewestOf(State.Gangs.Missing.Count);

    /// <param name="members">How many of the smallest.</param>
    /// <param name="among">The first so many that are missing.</param>
    private GpuNeed NeedOf(int members, int among)
    {
        Span<MemberDemand> demands = stackalloc MemberDemand[NodeTable.MaxGpus + 1];
        for (var gpus = 0; gpus < demands.Length; gpus++)
            demands[gpus] = new MemberDemand(gpus, 0);
        foreach (var (role, _, _) in State.Gangs.Missing)
        {
            if (among-- == 0)
                break;
            var gpus = Gang.Roles[role].Shape.WholeGpus;
            demands[gpus] = demands[gpus] with { Members = demands[gpus].Members + 1 };
        }
        foreach (ref var demand in demands)
        {
            demand = demand with { Members = Math.Min(members, demand.Members) };
            members -= demand.Members;
        }
        return new GpuNeed(demands);
    }
}
