using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Which GPUs of the chosen node a workload gets.</summary>
internal static class GpuChoice
{
    // More than can be in use of a GPU, however overcommitted.
    private const long SickLast = 1L << 32;

    /// <summary>The node has the GPUs for the shape, whole or beside another share.</summary>
    public static bool Exists(NodeTable nodes, int node, in Shape shape)
        => nodes.FreeGpuCount(node) >= shape.GpuCount || (shape.IsShare && Part(nodes, node, shape.GpuMilli) != 0);

    /// <summary>GPUs for the shape, which the node has: a share goes beside another one where it can.</summary>
    public static uint Of(NodeTable nodes, int node, in Shape shape)
    {
        var beside = shape.IsShare ? Part(nodes, node, shape.GpuMilli) : 0;
        return beside != 0 ? beside : Whole(nodes, node, shape.GpuCount);
    }

    /// <summary>The lowest-numbered open GPUs; the node has that many.</summary>
    public static uint Whole(NodeTable nodes, int node, int count) => Whole(nodes.OpenGpus(node), count);

    /// <summary>The lowest-numbered of these open GPUs, which are as many or more.</summary>
    public static uint Whole(uint open, int count)
    {
        var rest = open;
        while (count-- > 0)
            rest &= rest - 1;
        return open & ~rest;
    }

    /// <summary>The GPUs of which the least is used, the lowest-numbered of several, and sick ones last: what the cluster gave a workload without saying which.</summary>
    /// <param name="count">With more than the node has, all of them.</param>
    public static uint LeastUsed(NodeTable nodes, int node, int count)
    {
        var (chosen, all) = (0u, (1u << nodes.GpuCountOf(node)) - 1);
        for (; count > 0 && chosen != all; count--)
        {
            var (best, least) = (0u, long.MaxValue);
            for (var rest = all & ~chosen; rest != 0; rest &= rest - 1)
            {
                var gpu = BitOperations.TrailingZeroCount(rest);
                var used = nodes.GpuUsed(node, gpu) + ((nodes.HealthyGpus(node) >> gpu & 1) == 0 ? SickLast : 0);
                if (used < least)
                    (best, least) = (1u << gpu, used);
            }
            chosen |= best;
        }
        return chosen;
    }

    /// <summary>The GPU in part used that has the least left but enough, the lowest-numbered of several; 0 when there is none.</summary>
    public static uint Part(NodeTable nodes, int node, int milli)
    {
        var (chosen, most) = (0u, -1);
        for (var rest = nodes.PartGpus(node); rest != 0; rest &= rest - 1)
        {
            var used = nodes.GpuUsed(node, BitOperations.TrailingZeroCount(rest));
            if (used + milli <= NodeTable.WholeGpu && used > most)
                (chosen, most) = (rest & ~(rest - 1), used);
        }
        return chosen;
    }
}
