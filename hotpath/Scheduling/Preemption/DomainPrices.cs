using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// What places for members of one shape would cost in domains: on the cheapest nodes of the column that hold so many. The nodes are looked at
/// once, in the order of their domains, so that each domain has its own side by side.
/// </summary>
internal sealed class DomainPrices
{
    private const int Buckets = 256;

    private ClusterState _state = null!;
    private int _gpus;
    private int _start;
    private int[] _costs = [];

    // On the nodes before each one, and on all.
    private int[] _places = [0];

    /// <summary>Starts with the prices on the nodes of a domain, as they are.</summary>
    /// <param name="by">The column for it and the shape is up to date.</param>
    /// <param name="group">Machine group index, or any.</param>
    public void Begin(ClusterState state, in Preemptor by, in Shape shape, int group, int within)
    {
        (_state, _gpus, _start) = (state, shape.WholeGpus, state.Nodes.FirstIn(within));
        if (_gpus == 0)
            return;
        var column = state.Preemption.Index.Known(by, shape, out var seconds);
        var nodes = state.Nodes.NodesIn(within);
        Reserve(nodes.Length);
        Span<int> placesWith = stackalloc int[NodeTable.MaxGpus + 1];
        for (var healthy = 0; healthy < placesWith.Length; healthy++)
            placesWith[healthy] = healthy / _gpus;
        var places = 0;
        for (var at = 0; at < nodes.Length; at++)
        {
            var (node, cost) = (nodes[at], column.At(nodes[at], seconds));
            (_costs[at], _places[at]) = (cost, places);
            if (cost != ImpactColumn.NoWay && (group < 0 || column.GroupOf(node) == group))
                places += placesWith[column.GpusOf(node)];
        }
        _places[nodes.Length] = places;
    }

    /// <summary>GPU-seconds; -1 when the domain cannot hold so many.</summary>
    /// <param name="domain">The one begun with, or below it.</param>
    public long Of(int domain, int members)
    {
        var nodes = _state.Nodes.NodesIn(domain).Length;
        if (_gpus == 0)
            return nodes == 0 ? -1 : 0;
        var first = _state.Nodes.FirstIn(domain) - _start;
        var costs = _costs.AsSpan(first, nodes);
        var places = _places.AsSpan(first, nodes + 1);
        if (places[nodes] - places[0] < members)
            return -1;
        var (low, high) = (int.MaxValue, int.MinValue);
        for (var at = 0; at < nodes; at++)
        {
            if (places[at] < places[at + 1])
                (low, high) = (Math.Min(low, costs[at]), Math.Max(high, costs[at]));
        }
        return Math.Max(0, CheapestSum(costs, places, members, low, high));
    }

    /// <summary>
    /// What the cheapest places for all of them cost together: the nodes sorted into buckets of nearly equal cost, of which the last
    /// counts in part, at its mean.
    /// </summary>
    private static long CheapestSum(ReadOnlySpan<int> costs, ReadOnlySpan<int> places, int members, int low, int high)
    {
        Span<long> sums = stackalloc long[Buckets];
        Span<int> held = stackalloc int[Buckets];
        sums.Clear();
        held.Clear();
        var shift = Math.Max(0, 1 + BitOperations.Log2((uint)(high - low) | 1) - BitOperations.Log2(Buckets));
        for (var at = 0; at < costs.Length; at++)
        {
            if (places[at + 1] - places[at] is not (> 0 and var here))
                continue;
            var bucket = (int)((uint)(costs[at] - low) >> shift);
            sums[bucket] += (long)costs[at] * here;
            held[bucket] += here;
        }
        var (sum, left) = (0L, members);
        for (var bucket = 0; left > 0; bucket++)
        {
            if (held[bucket] == 0)
                continue;
            sum += held[bucket] <= left ? sums[bucket] : sums[bucket] / held[bucket] * left;
            left -= held[bucket];
        }
        return sum;
    }

    private void Reserve(int nodes)
    {
        if (_costs.Length >= nodes)
            return;
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)nodes);
        (_costs, _places) = (new int[capacity], new int[capacity + 1]);
    }
}
