using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What places for members of one shape would cost in domains: on the cheapest nodes of the column that hold so many.</summary>
internal sealed class DomainPrices
{
    private const int Buckets = 256;

    private NodeTable _nodes = null!;
    private DomainColumn _column = null!;
    private int _gpus;
    private int _group;
    private int _moment;
    private NodeSet? _candidates;

    // Of the nodes of one domain.
    private int[] _costs = [];
    private int[] _places = [];

    /// <summary>Starts with the prices as they are.</summary>
    /// <param name="by">The column for it and the shape is up to date.</param>
    /// <param name="group">Machine group index, or any.</param>
    /// <param name="candidates">Only the places of these nodes count; null: all.</param>
    public void Begin(ClusterState state, in Preemptor by, in Shape shape, int group, NodeSet? candidates)
    {
        (_nodes, _gpus, _group, _candidates) = (state.Nodes, shape.WholeGpus, group, candidates);
        if (_gpus > 0)
            _column = state.Preemption.Index.KnownByDomain(_nodes, by, shape, out _moment);
    }

    /// <summary>GPU-seconds; -1 when the domain cannot hold so many.</summary>
    public long Of(int domain, int members)
    {
        var count = _nodes.NodesIn(domain).Length;
        if (_gpus == 0)
            return count == 0 ? -1 : 0;
        if (count * _column.MostPlaces < members)
            return -1;
        var read = (count + ImpactScan.Stride - 1) / ImpactScan.Stride * ImpactScan.Stride;
        Reserve(read);
        Span<int> costs = _costs.AsSpan(0, read), places = _places.AsSpan(0, read);
        var held = _column.Read(_nodes.FirstIn(domain), count, _moment, _group, costs, places, out var low, out var high);
        if (_candidates is { } candidates && held >= members)
            held = Restrict(_nodes.NodesIn(domain), candidates, costs, places, out low, out high);
        return held < members ? -1 : Math.Max(0, CheapestSum(costs, places, members, low, high));
    }

    /// <summary>Takes the places off nodes that will not do; returns how many are left. See <see cref="DomainColumn.Read"/>.</summary>
    private static int Restrict(
        ReadOnlySpan<int> nodes, NodeSet candidates, ReadOnlySpan<int> costs, Span<int> places, out int low, out int high)
    {
        var held = 0;
        (low, high) = (int.MaxValue, int.MinValue);
        for (var at = 0; at < nodes.Length; at++)
        {
            if (!candidates.Contains(nodes[at]))
                places[at] = 0;
            if (places[at] == 0)
                continue;
            held += places[at];
            (low, high) = (Math.Min(low, costs[at]), Math.Max(high, costs[at]));
        }
        return held;
    }

    /// <summary>
    /// What the cheapest places for all of them cost together: the nodes sorted into buckets of nearly equal cost, of which the last
    /// counts in part, at its mean.
    /// </summary>
    /// <param name="costs">Of each node, as <paramref name="places"/>.</param>
    private static long CheapestSum(ReadOnlySpan<int> costs, ReadOnlySpan<int> places, int members, int low, int high)
    {
        var width = Math.Max(0, 1 + BitOperations.Log2((uint)(high - low) | 1) - BitOperations.Log2(Buckets));
        var (last, most) = (0, Buckets - 1);
        while (last < most)
        {
            var middle = (last + most) / 2;
            if (PlacesUpTo(middle, costs, places, low, width) >= members)
                most = middle;
            else
                last = middle + 1;
        }
        var (sum, held, lastSum, lastHeld) = (0L, 0, 0L, 0);
        for (var start = 0; start < costs.Length; start += ImpactScan.Stride)
        {
            var cheap = AreUpTo(last, costs, start, low, width) & Vector256.GreaterThan(At(places, start), Vector256<int>.Zero);
            for (var nodes = cheap.ExtractMostSignificantBits(); nodes != 0; nodes &= nodes - 1)
            {
                var node = start + BitOperations.TrailingZeroCount(nodes);
                var (here, cost) = (places[node], (long)costs[node] * places[node]);
                if ((costs[node] - low) >> width < last)
                    (sum, held) = (sum + cost, held + here);
                else
                    (lastSum, lastHeld) = (lastSum + cost, lastHeld + here);
            }
        }
        var left = members - held;
        return sum + (lastHeld <= left ? lastSum : lastSum / lastHeld * left);
    }

    private static int PlacesUpTo(int bucket, ReadOnlySpan<int> costs, ReadOnlySpan<int> places, int low, int width)
    {
        var sum = Vector256<int>.Zero;
        for (var start = 0; start < costs.Length; start += ImpactScan.Stride)
            sum += At(places, start) & AreUpTo(bucket, costs, start, low, width);
        return Vector256.Sum(sum);
    }

    /// <summary>All bits of those nodes that are in the bucket or one below, and of some that have no places.</summary>
    private static Vector256<int> AreUpTo(int bucket, ReadOnlySpan<int> costs, int start, int low, int width)
        => Vector256.LessThanOrEqual((At(costs, start) - Vector256.Create(low)) >>> width, Vector256.Create(bucket));

    private static Vector256<int> At(ReadOnlySpan<int> values, int start) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)start);

    private void Reserve(int nodes)
    {
        if (_costs.Length < nodes)
            (_costs, _places) = (new int[BitOperations.RoundUpToPowerOf2((uint)nodes)], new int[BitOperations.RoundUpToPowerOf2((uint)nodes)]);
    }
}
