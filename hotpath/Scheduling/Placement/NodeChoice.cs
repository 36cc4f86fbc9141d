using System.Runtime.CompilerServices;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The placement rule. Of the nodes that have room, those of the zone for the job's size and those for any size go before those for the
/// next size, and these before the rest (for a medium job small before large, which keeps the largest blocks whole); of them, the one
/// 1. on which the workload strands the least GPU (<see cref="Stranding"/>);
/// 2. whose machine group is not sought by name (<see cref="DemandMix"/>), unless the workload takes no GPU;
/// 3. that has the fewest free whole GPUs (MostAllocated), so that blocks of GPUs stay whole;
/// 4. that has the least CPU and memory to spare for its free GPUs;
/// 5. with the lowest index.
/// A share of a GPU goes beside another share wherever one fits, with the tightest part of a GPU instead of 3, and opens a GPU
/// only when none does.
/// </summary>
internal static class NodeChoice
{
    /// <summary>The node, or -1 when nothing fits; changes nothing.</summary>
    /// <param name="jobMilli">Milli-GPU of the workload, or of the gang that it is a member of: the size that zones go by.</param>
    /// <param name="candidates">The only nodes that will do; null: any.</param>
    /// <param name="gpus">Its GPUs.</param>
    public static int Of(ClusterState state, in Shape shape, GroupSet groups, long jobMilli, NodeSet? candidates, out uint gpus)
        => Of(state, shape, groups, jobMilli, WishFor(state.Nodes, shape, candidates, []), out gpus);

    /// <inheritdoc cref="Of(ClusterState, in Shape, GroupSet, long, NodeSet?, out uint)"/>
    /// <param name="excluded">Node indices that will not do; a few.</param>
    public static int Of(
        ClusterState state, in Shape shape, GroupSet groups, long jobMilli, NodeSet? candidates, ReadOnlySpan<int> excluded, out uint gpus)
        => Of(state, shape, groups, jobMilli, WishFor(state.Nodes, shape, candidates, excluded), out gpus);

    public static ZoneRole ZoneOf(ZoneRules rules, long milli)
        => milli <= (long)rules.SmallGpus * NodeTable.WholeGpu ? ZoneRole.Small
        : milli <= (long)rules.MediumGpus * NodeTable.WholeGpu ? ZoneRole.Medium
        : ZoneRole.Large;

    private static Wish WishFor(NodeTable nodes, in Shape shape, NodeSet? candidates, ReadOnlySpan<int> excluded)
    {
        var (cpu, memory) = ((int)shape.CpuMilli, (int)shape.MemoryMib);
        var tilt = Stranding.Tilt(nodes.Mix.Exchange.Taken(cpu, memory), (int)shape.Milli);
        return new Wish(new Headroom(cpu, memory, 0), shape.GpuCount, tilt, candidates, excluded);
    }

    private static int Of(ClusterState state, in Shape shape, GroupSet groups, long jobMilli, in Wish wish, out uint gpus)
    {
        var nodes = state.Nodes;
        var zone = ZoneOf(state.Tenancy.Policy.Zones, jobMilli);
        Span<int> pools = groups.IsOne ? stackalloc int[NodeTable.MostPoolsOfOne] : stackalloc int[NodeTable.MostPools];
        var node = InPools(nodes.Index, pools[..nodes.PoolsOf(groups, zone, pools)], shape, wish);
        if (node < 0)
            node = InOtherZones(nodes, groups, zone, pools, shape, wish);
        gpus = node < 0 ? 0 : GpuChoice.Of(nodes, node, shape);
        return node;
    }

    // Not inlined: few clusters have zones, and the frame of every placement is cleared each time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int InOtherZones(NodeTable nodes, GroupSet groups, ZoneRole zone, Span<int> pools, in Shape shape, in Wish wish)
    {
        var node = -1;
        foreach (var other in NearestTo(zone))
        {
            if (node < 0 && nodes.PoolsOfOnly(groups, other, pools) is > 0 and var count)
                node = InPools(nodes.Index, pools[..count], shape, wish);
        }
        return node;
    }

    private static ReadOnlySpan<ZoneRole> NearestTo(ZoneRole zone) => zone switch
    {
        ZoneRole.Small => [ZoneRole.Medium, ZoneRole.Large],
        ZoneRole.Medium => [ZoneRole.Small, ZoneRole.Large],
        _ => [ZoneRole.Medium, ZoneRole.Small],
    };

    private static int InPools(PlacementIndex index, ReadOnlySpan<int> pools, in Shape shape, in Wish wish)
        => shape.IsShare && index.BestFit(pools, wish.Beside(shape.GpuMilli)) is >= 0 and var beside ? beside : index.BestFit(pools, wish);
}
