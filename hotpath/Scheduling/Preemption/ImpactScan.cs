using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>The nodes with the lowest costs, by looking at a whole column, eight nodes at a time.</summary>
internal static class ImpactScan
{
    /// <summary>Nodes taken at a time; a column's length is a multiple of it.</summary>
    public static int Stride => Vector256<int>.Count;

    /// <summary>Ranks of the lowest costs, ascending; see <see cref="NodeOf"/>. Returns how many there are.</summary>
    /// <param name="moment">See <see cref="ImpactColumn.At"/>.</param>
    /// <param name="candidates">The only nodes that will do; null: any.</param>
    /// <param name="after">Only ranks above this one.</param>
    /// <param name="lowest">As many as are wanted.</param>
    public static int Lowest(ImpactColumn column, int moment, NodeTable nodes, GroupSet groups, NodeSet? candidates, long after, Span<long> lowest)
    {
        ref var costs = ref MemoryMarshal.GetReference(column.Costs);
        ref var growths = ref MemoryMarshal.GetReference(column.Growths);
        var (found, limit, times) = (0, Vector256.Create(ImpactColumn.NoWay), Vector256<int>.Zero);
        for (var start = 0; start < column.Costs.Length; start += Stride)
        {
            if (start % ReferenceTimes.Together == 0)
                times = Vector256.Create(ReferenceTimes.Left(start, moment));
            var values = Vector256.LoadUnsafe(ref costs, (nuint)start) - (Vector256.LoadUnsafe(ref growths, (nuint)start) * times >> ImpactColumn.GrowthBits);
            for (var below = Vector256.LessThan(values, limit).ExtractMostSignificantBits(); below != 0; below &= below - 1)
            {
                var node = start + BitOperations.TrailingZeroCount(below);
                var rank = RankOf(column.At(node, moment), node);
                if (rank <= after || (found == lowest.Length && rank >= lowest[^1]) || !groups.Contains(nodes.GroupIndexOf(node)) || candidates?.Contains(node) == false)
                    continue;
                found = Insert(lowest, found, rank);
                if (found == lowest.Length)
                    limit = Vector256.Create((int)(lowest[^1] >> 32));
            }
        }
        return found;
    }

    /// <summary>The same answer, one node at a time: the reference for the tests.</summary>
    public static int LowestScalar(ImpactColumn column, int moment, NodeTable nodes, GroupSet groups, NodeSet? candidates, long after, Span<long> lowest)
    {
        var found = 0;
        for (var node = 0; node < column.Costs.Length; node++)
        {
            var value = column.At(node, moment);
            if (value == ImpactColumn.NoWay || RankOf(value, node) <= after || !groups.Contains(nodes.GroupIndexOf(node)) || candidates?.Contains(node) == false)
                continue;
            if (found < lowest.Length || RankOf(value, node) < lowest[^1])
                found = Insert(lowest, found, RankOf(value, node));
        }
        return found;
    }

    public static int NodeOf(long rank) => (int)rank;

    /// <summary>GPU-seconds.</summary>
    public static long CostOf(long rank) => rank >> 32;

    // Ranks order like (cost, node).
    private static long RankOf(int cost, int node) => (long)cost << 32 | (uint)node;

    private static int Insert(Span<long> lowest, int found, long rank)
    {
        found = Math.Min(found + 1, lowest.Length);
        var at = found - 1;
        for (; at > 0 && lowest[at - 1] > rank; at--)
            lowest[at] = lowest[at - 1];
        lowest[at] = rank;
        return found;
    }
}
