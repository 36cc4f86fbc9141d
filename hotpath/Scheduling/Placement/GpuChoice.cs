using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Which GPUs of the chosen node a workload gets.</summary>
internal static class GpuChoice
{
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

    /// <summary>The GPU in part used that has the least left but enough, the lowest-numbered of several; the node has one.</summary>
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
