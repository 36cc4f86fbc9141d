using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>The placement rule read straight off the documentation: look at every node, sort, take the first.</summary>
internal static class NaivePlacer
{
    public static (int Node, uint Gpus) Place(ClusterSnapshot cluster, PlaceCommand want)
    {
        var fitting = cluster.Nodes()
            .Where(n => n.Health == NodeHealth.Healthy && want.Groups.Contains(n.GroupIndex) && !cluster.Reservations.IsBlocked(n.Index))
            .Where(n => n.CpuFreeMilli >= want.CpuMilli && n.MemoryFreeMib >= want.MemoryMib)
            .OrderBy(n => n.FreeGpuCount).ThenBy(n => n.Index)
            .ToList();
        if (want is { GpuCount: 1, GpuMilli: < 1000 })
        {
            foreach (var node in fitting)
            {
                var beside = Beside(node, want.GpuMilli);
                if (beside >= 0)
                    return (node.Index, 1u << beside);
            }
        }
        foreach (var node in fitting.Where(n => n.FreeGpuCount >= want.GpuCount))
            return (node.Index, LowestBits(node.FreeGpus, want.GpuCount));
        return (-1, 0);
    }

    private static int Beside(NodeView node, int milli)
    {
        var used = node.GpuUsedMilli.ToArray();
        return Enumerable.Range(0, used.Length)
            .Where(g => (node.BadGpus >> g & 1) == 0 && used[g] > 0 && used[g] + milli <= 1000)
            .OrderByDescending(g => used[g]).ThenBy(g => g)
            .FirstOrDefault(-1);
    }

    private static uint LowestBits(uint mask, int count)
    {
        var taken = 0u;
        for (var gpu = 0; count > 0; gpu++)
        {
            if ((mask >> gpu & 1) == 0)
                continue;
            taken |= 1u << gpu;
            count--;
        }
        return taken;
    }
}
