using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Topology;

/// <summary>
/// Nodes counted by free whole GPUs, cumulatively: entry m - 1 is the number of nodes with m or more, m from 1 to 16. A node that
/// changes from f to g free GPUs changes the entries between by one, which is one vector addition; a capacity is a sum of few
/// entries; and entry by entry the largest of several counts bounds the capacities of all of them.
/// </summary>
internal static class FreeCounts
{
    public const int Width = NodeTable.MaxGpus;

    /// <summary>Members of <paramref name="gpus"/> (1 or more) whole GPUs each that the nodes can hold: the sum over nodes of floor(free / gpus).</summary>
    public static int Capacity(ReadOnlySpan<int> atLeast, int gpus)
    {
        var capacity = 0;
        for (var entry = gpus - 1; entry < atLeast.Length; entry += gpus)
            capacity += atLeast[entry];
        return capacity;
    }

    /// <summary>Nodes with exactly <paramref name="free"/> (1 or more) free GPUs.</summary>
    public static int Exactly(ReadOnlySpan<int> atLeast, int free)
        => atLeast[free - 1] - (free < Width ? atLeast[free] : 0);

    /// <summary>Makes each entry of the ceiling at least that of the counts.</summary>
    public static void Raise(Span<int> ceiling, ReadOnlySpan<int> atLeast)
    {
        for (var entry = 0; entry < ceiling.Length; entry++)
            ceiling[entry] = Math.Max(ceiling[entry], atLeast[entry]);
    }

    /// <summary>Whether the capacities cover the need; the remarks at <see cref="GpuNeed"/> say what this proves.</summary>
    public static bool Cover(ReadOnlySpan<int> atLeast, in GpuNeed need)
    {
        for (var rest = need.Sizes & ~1u; rest != 0; rest &= rest - 1)
        {
            var size = BitOperations.TrailingZeroCount(rest);
            if (Capacity(atLeast, size) < need.Places(size))
                return false;
        }
        return true;
    }
}
