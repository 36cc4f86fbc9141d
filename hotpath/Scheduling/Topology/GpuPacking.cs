using System.Numerics;

namespace Pipeline.Scheduling.Topology;

/// <summary>
/// Packs a need into nodes that are known by their free GPUs only: the largest members first, each on a node with the fewest free
/// GPUs that suffice (best fit decreasing), which is how a gang is placed where CPU and memory do not interfere.
/// </summary>
internal static class GpuPacking
{
    /// <summary>The need does not fit this way; when its sizes are no chain, another way may exist.</summary>
    public const int DoesNotFit = -1;

    /// <summary>Nodes that would give the need some of their free GPUs and keep others: what the packing leaves in fragments.</summary>
    public static int Remnants(ReadOnlySpan<int> atLeast, in GpuNeed need)
    {
        Span<int> whole = stackalloc int[FreeCounts.Width + 1];
        Span<int> opened = stackalloc int[FreeCounts.Width + 1];
        opened.Clear();
        for (var free = 1; free <= FreeCounts.Width; free++)
            whole[free] = FreeCounts.Exactly(atLeast, free);
        for (var rest = need.Sizes & ~1u; rest != 0;)
        {
            var size = BitOperations.Log2(rest);
            rest ^= 1u << size;
            var left = need.Members(size);
            for (var free = size; free <= FreeCounts.Width && left > 0; free++)
            {
                // A node that is in fragments already goes before an equal one that is not.
                left = Fill(opened, free, size, left, opened);
                left = Fill(whole, free, size, left, opened);
            }
            if (left > 0)
                return DoesNotFit;
        }
        var remnants = 0;
        for (var free = 1; free <= FreeCounts.Width; free++)
            remnants += opened[free];
        return remnants;
    }

    /// <summary>Fills nodes with this many free GPUs, one after the other.</summary>
    /// <param name="nodes">How many there are, by free GPUs.</param>
    /// <param name="opened">The same of those that were filled in part; may be the same.</param>
    /// <returns>Members left over.</returns>
    public static int Fill(Span<int> nodes, int free, int size, int members, Span<int> opened)
    {
        if (nodes[free] == 0)
            return members;
        var perNode = free / size;
        var filled = Math.Min(nodes[free], members / perNode);
        nodes[free] -= filled;
        opened[free - perNode * size] += filled;
        members -= filled * perNode;
        if (members == 0 || nodes[free] == 0)
            return members;
        nodes[free]--;
        opened[free - members * size]++;
        return 0;
    }
}
