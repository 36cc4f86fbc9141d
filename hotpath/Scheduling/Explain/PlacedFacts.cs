using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>Why something is where it is, from what the model knows now: what decided then may have gone since, so nothing is said that need not have been so.</summary>
internal static class PlacedFacts
{
    // Of those that go, named for people.
    private const int Named = 8;

    public static Explanation OfWorkload(ClusterState state, int slot)
    {
        var row = state.Workloads[slot];
        var facts = ImmutableArray.CreateBuilder<Fact>();
        var set = row.Set >= 0 ? state.Sets[row.Set] : default;
        AddBlock(state, row, facts);
        AddDepartures(state, row, set.Kind == SetKind.Gang ? set.Id : row.Id, facts);
        if (set.Kind == SetKind.Service)
            facts.Add(OfService(state, set));
        if (set.Kind == SetKind.Gang)
            facts.Add(OfDomain(state, set));
        // Domains are filled whatever zones their nodes are of; of a gang that was only bound nobody knows what it asked for.
        if (set.Kind != SetKind.Gang || set.Gang is { Topology: TopologyMode.None })
            AddZone(state, row, set.Gang?.Milli ?? row.Milli, facts);
        facts.Add(OfRule(state, row, set.Gang is { Topology: not TopologyMode.None }));
        facts.Add(OfQuota(state, row));
        return new Explanation(false, 0, [], [], [SeatOf(state, row)], facts.ToImmutable());
    }

    public static Explanation OfGang(ClusterState state, int set)
    {
        var seats = ImmutableArray.CreateBuilder<GangSeat>(state.Sets[set].Count);
        for (var slot = state.Sets[set].First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            seats.Add(SeatOf(state, state.Workloads[slot]));
        seats.Reverse();
        var facts = ImmutableArray.Create(OfDomain(state, state.Sets[set]), OfQuota(state, state.Workloads[state.Sets[set].First]));
        return new Explanation(false, 0, [], [], seats.MoveToImmutable(), facts);
    }

    private static void AddBlock(ClusterState state, in WorkloadRow row, ImmutableArray<Fact>.Builder facts)
    {
        var ends = row.StartedAt + row.Traits.ExpectedSeconds * 1000L;
        foreach (ref readonly var block in state.Blocks.Of(row.Node))
        {
            if (block.IsReservation && block.Owner == row.Traits.Reservation && block.Project == row.Traits.Project && block.Start <= row.StartedAt)
                facts.Add(new Fact(FactCode.OwnReservation, Text($"It is on the block of its reservation {block.Owner}; such nodes come before all others.")));
            else if (row.Traits.ExpectedSeconds > 0 && ends <= block.Start)
                facts.Add(new Fact(FactCode.EndsInTime, Text($"The node is kept for {(block.IsReservation ? "reservation" : "job")} {block.Owner}, and it is to end before that begins; such nodes come before others.")));
        }
    }

    /// <param name="beneficiary">Workload or gang for which others may have been told to go.</param>
    private static void AddDepartures(ClusterState state, in WorkloadRow row, ulong beneficiary, ImmutableArray<Fact>.Builder facts)
    {
        if (state.Departures.IsClear(row.Node))
            return;
        var (node, name, names) = (row.Node, row.Name, new List<string>());
        foreach (var departure in state.Departures.All)
        {
            // A workload and a gang may have the same id.
            if (departure.Row.Node == node && departure.Reason == EvictionReason.Preempted && departure.For.Id == beneficiary && departure.For.Name == name)
                names.Add(departure.Row.Name);
        }
        if (names.Count == 0)
            return;
        var more = names.Count > Named ? Text($" and {names.Count - Named} more") : "";
        facts.Add(new Fact(FactCode.OthersGo, Text($"No node had room; {string.Join(", ", names.Take(Named))}{more} were told to go for it, chosen among those that may be evicted for what that costs.")));
    }

    private static void AddZone(ClusterState state, in WorkloadRow row, long jobMilli, ImmutableArray<Fact>.Builder facts)
    {
        var (mine, zone) = (NodeChoice.ZoneOf(state.Tenancy.Policy.Zones, jobMilli), state.Nodes.ShapeOf(row.Node).Zone);
        if (zone == mine)
            facts.Add(new Fact(FactCode.OwnZone, Text($"The node is for {mine} jobs, as this is one; nodes for others come after.")));
        else if (zone != ZoneRole.None)
            facts.Add(new Fact(FactCode.OtherZone, Text($"The node is for {zone} jobs and this is a {mine} one; such nodes are taken only when those for its own size and for any have no room.")));
    }

    /// <param name="inDomain">It was placed in a network domain with its gang.</param>
    private static Fact OfRule(ClusterState state, in WorkloadRow row, bool inDomain)
    {
        var free = state.Nodes.FreeGpuCount(row.Node) + (row.GpuMilli == NodeTable.WholeGpu ? BitOperations.PopCount(row.Gpus) : 0);
        var sought = row.Group != NodeTable.NoGroup && state.Nodes.Mix.IsSought(row.Group) ? ", which is sought by name" : "";
        var node = Text($"{state.Nodes.NameOf(row.Node)} of group {state.Nodes.NameOfGroup(row.Group)}{sought} has {free} free GPUs without it.");
        if (inDomain)
            return new Fact(FactCode.Rule, Text($"{node} In a domain a gang is kept on as few leaves as can be, and there on the nodes with the fewest free GPUs that suffice."));
        var share = row.GpuMilli is > 0 and < NodeTable.WholeGpu ? " A share of a GPU goes beside another where one fits." : "";
        return new Fact(FactCode.Rule, Text(
            $"{node} Of nodes that have room and are otherwise as good, that one is taken on which the least GPU is left without CPU and memory, then one of a group that is not sought by name, then the one with the fewest free GPUs, then the one with the least CPU and memory to spare, then the first.{share}"));
    }

    private static Fact OfService(ClusterState state, in SetRow service)
        => new(FactCode.Spread, Text($"One of {service.Count} replicas on {NodesOf(state, service)} nodes; until a service is on {state.Tenancy.Policy.Spread.MinNodes}, its next replica takes another node, in another leaf domain if one has room, and from then on it is packed."));

    private static GangSeat SeatOf(ClusterState state, in WorkloadRow row) => new(row.Id, row.Node, state.Nodes.NameOf(row.Node), row.Gpus);

    private static Fact OfQuota(ClusterState state, in WorkloadRow row)
    {
        var (project, group) = (state.Tenancy.Projects[row.Traits.Project], state.Nodes.NameOfGroup(row.Group));
        if (row.Kind == UsageKind.Borrowed)
            return new Fact(FactCode.Borrowed, Text($"It runs on Reserved capacity of group {group} that is idle, beyond the limit of project {project}, and gives it back when that is needed."));
        var limit = state.Tenancy.Usage.Limit(row.Traits.Project, row.Group, row.Kind);
        var used = state.Tenancy.Usage.Used(row.Traits.Project, row.Group, row.Kind);
        return new Fact(FactCode.Quota, limit < 0
            ? Text($"{row.Kind} use of group {group} has no limit for this project; {used} milli-GPU are in use.")
            : Text($"It counts against the {row.Kind} quota of project {project} in group {group}: {used} of {limit} milli-GPU are in use."));
    }

    private static Fact OfDomain(ClusterState state, in SetRow gang)
    {
        var tree = state.Nodes.Topology;
        var domains = new List<int>();
        for (var slot = gang.First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            domains.Add(state.Nodes.DomainOf(state.Workloads[slot].Node));
        var domain = tree.LowestCommonDomain([.. domains]);
        var rule = gang.Gang?.Topology switch
        {
            TopologyMode.Hard => " It must be within one of the tiers that it allows; the tightest that has room is taken, and members that come later stay near.",
            TopologyMode.Soft => " The tightest domain that has room is taken, if any has, and members that come later stay near.",
            TopologyMode.None => " It may be anywhere; each member goes where a workload of its own would go.",
            _ => "",
        };
        return new Fact(FactCode.Domain, domain == TopologyTree.Root
            ? Text($"The {gang.Count} members of the gang share no network domain.{rule}")
            : Text($"The {gang.Count} members of the gang share domain {tree.NameOf(domain)} of tier {tree.TierOf(domain)}.{rule}"));
    }

    private static int NodesOf(ClusterState state, in SetRow set)
    {
        var nodes = new HashSet<int>();
        for (var slot = set.First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            nodes.Add(state.Workloads[slot].Node);
        return nodes.Count;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
