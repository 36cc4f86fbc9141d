using System.Collections.Immutable;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Which nodes a block can be made of: whole ones, of the group's full size, with every GPU good.</summary>
internal static class Fitness
{
    /// <summary>GPUs of a whole node of the group, the most that any has, and how many nodes have that many.</summary>
    public static (int Gpus, int Nodes) WholeNodes(NodeTable nodes, int group)
    {
        var (gpus, count) = (0, 0);
        for (var node = 0; node < nodes.End; node++)
        {
            if (!nodes.Exists(node) || nodes.GroupIndexOf(node) != group || nodes.GpuCountOf(node) < gpus)
                continue;
            if (nodes.GpuCountOf(node) > gpus)
                (gpus, count) = (nodes.GpuCountOf(node), 0);
            count++;
        }
        return (gpus, count);
    }

    /// <summary>The node is of the right kind, whatever its health.</summary>
    public static bool IsOfKind(NodeTable nodes, int node, int group, int gpus)
        => nodes.Exists(node) && nodes.GroupIndexOf(node) == group && nodes.GpuCountOf(node) == gpus;

    public static bool IsFit(NodeTable nodes, int node, int group, int gpus)
        => IsOfKind(nodes, node, group, gpus) && nodes.HealthOf(node) == NodeHealth.Healthy && nodes.BadGpusOf(node) == 0;

    public static int Count(ClusterState state, Reservation reservation, ImmutableArray<int> nodes)
    {
        var fit = 0;
        foreach (var node in nodes)
            fit += IsFit(state.Nodes, node, reservation.Request.Group, reservation.GpusPerNode) ? 1 : 0;
        return fit;
    }
}
