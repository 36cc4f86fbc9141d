using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// A column once more, in the order of the network domains: what the nodes of a domain cost, and hold, is read from one stretch of memory,
/// eight nodes at a time.
/// </summary>
/// <param name="gpus">That the column is for, 1 or more.</param>
internal sealed class DomainColumn(ImpactColumn column, int gpus)
{
    // A node's growth, places and machine group share a number: of fewer bytes less is lost to others who use the processor's caches.
    private const int PlacesAt = 20;
    private const int GroupAt = 25;
    private const int AnyGrowth = (1 << PlacesAt) - 1;
    private const int AnyPlaces = (1 << GroupAt - PlacesAt) - 1;

    private int _order;
    private int[] _positions = [];
    private int[] _costs = [];
    private int[] _rest = [];
    private int[] _leads = [];

    /// <summary>As many places as no node has more; some may have had them before.</summary>
    public int MostPlaces { get; private set; }

    /// <summary>Takes the order over when it has changed.</summary>
    public void Follow(NodeTable nodes)
    {
        if (_order == nodes.Order)
            return;
        _order = nodes.Order;
        var sorted = nodes.NodesIn(TopologyTree.Root);
        if (_positions.Length < nodes.End)
            _positions = new int[BitOperations.RoundUpToPowerOf2((uint)nodes.End)];
        // The last ones are read as a whole vector too.
        if (_costs.Length < sorted.Length + ImpactScan.Stride)
        {
            var capacity = BitOperations.RoundUpToPowerOf2((uint)(sorted.Length + ImpactScan.Stride));
            (_costs, _rest, _leads) = (new int[capacity], new int[capacity], new int[capacity]);
        }
        Array.Fill(_positions, -1);
        for (var at = 0; at < sorted.Length; at++)
        {
            (_positions[sorted[at]], _leads[at]) = (at, ReferenceTimes.LeadOf(sorted[at]));
            Set(nodes, sorted[at]);
        }
    }

    /// <summary>Takes over what the column says of a node, and what the node is. One that has no place in the order yet comes with the next order.</summary>
    public void Set(NodeTable nodes, int node)
    {
        if (node >= _positions.Length || _positions[node] is not (>= 0 and var at))
            return;
        if (column.Costs[node] == ImpactColumn.NoWay)
        {
            (_costs[at], _rest[at]) = (0, 0);
            return;
        }
        var places = BitOperations.PopCount(nodes.HealthyGpus(node)) / gpus;
        (_costs[at], _rest[at]) = (column.Costs[node], column.Growths[node] | places << PlacesAt | nodes.GroupIndexOf(node) << GroupAt);
        MostPlaces = Math.Max(MostPlaces, places);
    }

    /// <summary>Costs and places of a stretch of nodes; returns all places together.</summary>
    /// <param name="first">Where the stretch begins.</param>
    /// <param name="moment">See <see cref="ImpactColumn.At"/>.</param>
    /// <param name="group">Machine group index; a node of another one has no places. Negative: any.</param>
    /// <param name="costs">GPU-seconds of a place. Its length, a multiple of a vector, is what is read.</param>
    /// <param name="places">As long; 0 beyond <paramref name="count"/>.</param>
    /// <param name="low">The least cost of a node that has places, or the highest number.</param>
    /// <param name="high">The highest, or the lowest number.</param>
    public int Read(int first, int count, int moment, int group, Span<int> costs, Span<int> places, out int low, out int high)
    {
        ref var costAt = ref MemoryMarshal.GetReference(_costs.AsSpan(first, costs.Length));
        ref var restAt = ref MemoryMarshal.GetReference(_rest.AsSpan(first, costs.Length));
        ref var leadAt = ref MemoryMarshal.GetReference(_leads.AsSpan(first, costs.Length));
        ref var costTo = ref MemoryMarshal.GetReference(costs);
        ref var placesTo = ref MemoryMarshal.GetReference(places);
        var (now, period) = (Vector256.Create(moment), Vector256.Create(ReferenceTimes.Period));
        var (ours, any) = (Vector256.Create(group), Vector256.Create(group < 0 ? -1 : 0));
        var (least, most, sum) = (Vector256.Create(int.MaxValue), Vector256.Create(int.MinValue), Vector256<int>.Zero);
        for (var at = 0; at < costs.Length; at += ImpactScan.Stride)
        {
            var rest = Vector256.LoadUnsafe(ref restAt, (nuint)at);
            var passed = now + Vector256.LoadUnsafe(ref leadAt, (nuint)at);
            var left = period - passed + (period & Vector256.GreaterThanOrEqual(passed, period));
            var cost = Vector256.LoadUnsafe(ref costAt, (nuint)at) - ((rest & Vector256.Create(AnyGrowth)) * left >> ImpactColumn.GrowthBits);
            var here = (rest >>> PlacesAt) & Vector256.Create(AnyPlaces) & (any | Vector256.Equals(rest >>> GroupAt, ours))
                & Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count - at));
            cost.StoreUnsafe(ref costTo, (nuint)at);
            here.StoreUnsafe(ref placesTo, (nuint)at);
            var some = Vector256.GreaterThan(here, Vector256<int>.Zero);
            least = Vector256.Min(least, Vector256.ConditionalSelect(some, cost, Vector256.Create(int.MaxValue)));
            most = Vector256.Max(most, Vector256.ConditionalSelect(some, cost, Vector256.Create(int.MinValue)));
            sum += here;
        }
        (low, high) = (int.MaxValue, int.MinValue);
        for (var lane = 0; lane < ImpactScan.Stride; lane++)
            (low, high) = (Math.Min(low, least[lane]), Math.Max(high, most[lane]));
        return Vector256.Sum(sum);
    }
}
