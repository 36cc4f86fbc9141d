using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>One attempt to place the missing members of a gang, on one machine group or on any. What did not succeed is undone to the last bit.</summary>
/// <param name="fewestFirst">Members beyond the first that are needed are entered after all of these, as else the largest of all are first.</param>
internal readonly ref partial struct GangTry(ClusterState state, GangSpec gang, GangNodes? candidates, int group, bool fewestFirst, long now)
{
    private readonly bool _isApart = gang.IsApart;

    public ClusterState State { get; } = state;

    public GangSpec Gang { get; } = gang;

    /// <summary>Machine group index, or <see cref="DomainCounts.AnyGroup"/>.</summary>
    public int Group { get; } = group;

    public bool FewestFirst { get; } = fewestFirst;

    public GpuNeed NeedOfAll() => NeedOf(State.Gangs.Missing.Count);

    public GpuNeed NeedOfFewest() => NeedOf(Fewest);

    /// <summary>The only nodes for members of the role; null: any.</summary>
    public NodeSet? CandidatesOf(int role) => candidates?.NodesOf(role);

    /// <summary>Members may be anywhere; the placement index says where.</summary>
    public bool Anywhere() => (!FewestFirst && AnywhereAsListed()) || (Gang.Roles.Length > 1 && AnywhereLargestFirst());

    /// <summary>Members must be in the domain.</summary>
    public bool In(int domain) => InLargestFirst(domain) || (candidates is { AreByRole: true } && InAsListed(domain));

    private bool InLargestFirst(int domain)
    {
        Begin(out var meter);
        var (spare, members) = (Gang.Members - Gang.Needed, State.Gangs.Missing.Count);
        var firstOnes = FewestFirst ? Fewest : members;
        Enter(domain, State.Gangs.RunsOf(Gang, firstOnes), ref spare);
        Enter(domain, State.Gangs.RunsOf(Gang, firstOnes, members), ref spare);
        return End(meter);
    }

    private void Enter(int domain, MemberRuns runs, ref int spare)
    {
        foreach (var run in runs)
        {
            if (spare >= 0)
                Enter(domain, run, ref spare);
        }
    }

    private void Enter(int domain, in MemberRun run, ref int spare)
    {
        var (role, first, end) = run;
        var before = State.Gangs.Entered.Count;
        if (role.SubgroupSize > 0)
            FillSubgroups(domain, first, end);
        else
            Fill(domain, first, end);
        spare -= end - first - (State.Gangs.Entered.Count - before);
    }

    private bool InAsListed(int domain)
    {
        Begin(out var meter);
        var spare = Gang.Members - Gang.Needed;
        Enter(domain, State.Gangs.AsListed(Gang, State.Gangs.Missing.Count), ref spare);
        return End(meter);
    }

    private bool AnywhereAsListed()
    {
        Begin(out var meter);
        SitAnywhere(0, State.Gangs.Missing.Count);
        return End(meter);
    }

    private bool AnywhereLargestFirst()
    {
        Begin(out var meter);
        var firstOnes = FewestFirst ? Fewest : State.Gangs.Missing.Count;
        foreach (var (_, first, end) in State.Gangs.RunsOf(Gang, firstOnes))
        {
            if (!SitAnywhere(first, end))
                break;
        }
        SitAnywhere(firstOnes, State.Gangs.Missing.Count);
        return End(meter);
    }

    /// <returns>False: one that is needed has no place.</returns>
    private bool SitAnywhere(int first, int end)
    {
        for (var at = first; at < end; at++)
        {
            var (role, _, workload) = State.Gangs.Missing[at];
            if (!SitAnywhere(role, workload) && Gang.Needed == Gang.Members)
                return false;
        }
        return true;
    }

    private bool SitAnywhere(int role, ulong workload)
    {
        var shape = ShapeOf(role);
        var groups = Entry.AdmittedGroups(State, shape, Gang.Traits);
        if (groups.IsEmpty)
            return false;
        var open = Gang.Roles[role].Apart != 0 ? State.Gangs.Mates.OpenTo(State, Gang, role, CandidatesOf(role)) : CandidatesOf(role);
        var node = NodeChoice.Of(State, shape, groups, Gang.Milli, open, out var gpus);
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
            if (CapacityUnder(part, shape, Gang.Roles[role].MostOnNode(role)) is > 0 and var capacity)
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
            next = FillNodes(part, role, shape, next, end);
        }
        return next - first;
    }

    private int FillNodes(int domain, int role, in Shape shape, int next, int end)
    {
        var (state, nodes, accepted) = (State, State.Nodes, CandidatesOf(role));
        foreach (var node in state.Gangs.InBestFitOrder(nodes, nodes.NodesUnder(domain), shape.WholeGpus))
        {
            while (next < end && accepted?.Contains(node) != false && Fits(node, shape) && state.Gangs.Mates.Admit(state, Gang, role, node))
            {
                Sit(role, state.Gangs.Missing[next].Workload, node, GpuChoice.Of(nodes, node, shape));
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
    private int CapacityUnder(int domain, in Shape shape, int mostOnNode)
    {
        var nodes = State.Nodes;
        if (mostOnNode == int.MaxValue && nodes.Domains is { } domains && nodes.Topology.EndOf(domain) == domain + 1 && !shape.IsShare)
            return domains.Capacity(domain, GroupFor(shape), shape.GpuCount);
        var capacity = 0;
        foreach (var node in nodes.NodesUnder(domain))
            capacity += !nodes.IsOpen(node) ? 0 : shape.GpuCount == 0 || shape.IsShare ? 1 : Math.Min(mostOnNode, nodes.FreeGpuCount(node) / shape.GpuCount);
        return capacity;
    }

    private void Sit(int role, ulong workload, int node, uint gpus)
    {
        var scratch = State.Gangs;
        if (scratch.Set < 0)
            scratch.Set = State.Sets.Ensure(SetKind.Gang, Gang.Id, null);
        scratch.Seated++;
        var slot = Ledger.Enter(State, Placer.RowFor(
            State, workload, Gang.Name, Gang.Roles[role].Shape, Gang.Traits, node, gpus, now + Placer.LongAssumptionLife, scratch.Set));
        scratch.Entered.Add(slot);
        if (_isApart)
            scratch.Mates.Add(slot, role, node);
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
        State.Gangs.Mates.Undone();
    }

    private Shape ShapeOf(int role)
    {
        var shape = Gang.Roles[role].Shape;
        return Group == DomainCounts.AnyGroup || shape.GpuCount == 0 ? shape : shape with { Groups = GroupSet.Of(Group) };
    }

    // Where nodes are counted. Members without GPUs may be on any.
    private int GroupFor(in Shape shape) => shape.GpuCount == 0 ? DomainCounts.AnyGroup : Group;

    private int Fewest => Gang.FewestOf(State.Gangs.Missing.Count);

    /// <param name="members">The first so many that are missing.</param>
    private GpuNeed NeedOf(int members)
    {
        Span<MemberDemand> demands = stackalloc MemberDemand[NodeTable.MaxGpus + 1];
        for (var gpus = 0; gpus < demands.Length; gpus++)
            demands[gpus] = new MemberDemand(gpus, 0);
        foreach (var (role, _, _) in State.Gangs.Missing)
        {
            if (members-- == 0)
                break;
            var gpus = Gang.Roles[role].Shape.WholeGpus;
            demands[gpus] = demands[gpus] with { Members = demands[gpus].Members + 1 };
        }
        return new GpuNeed(demands);
    }
}
