using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>The placement rule read straight off the documentation: look at every node, sort, take the first.</summary>
internal static class NaivePlacer
{
    /// <param name="mix">What had been learned before the request.</param>
    public static (int Node, uint Gpus) Place(ClusterSnapshot cluster, PlaceCommand want, DemandMixImage mix)
    {
        var exchange = new Exchange(mix.CpuStep, mix.MemoryStep);
        var fitting = cluster.Nodes()
            .Where(n => n.Health == NodeHealth.Healthy && want.Groups.Contains(n.GroupIndex) && !cluster.Reservations.IsBlocked(n.Index))
            .Where(n => want.Candidates?.Contains(n.Index) != false)
            .Where(n => n.CpuFreeMilli >= want.CpuMilli && n.MemoryFreeMib >= want.MemoryMib && n.WorkloadCount < n.MaxWorkloads)
            .Select(n => (Node: n, Free: FreeGpus(cluster, n)))
            .Select(n => new Candidate(n.Node, mix.Sought[n.Node.GroupIndex] ? 1 : 0, n.Free, StrandedQuarters(n.Node, n.Free, exchange)))
            .ToList();
        var surplus = exchange.Taken((int)want.CpuMilli, (int)want.MemoryMib) - want.GpuCount * want.GpuMilli;
        var tilt = (int)Math.Floor((surplus + 128) / 256.0);
        if (want is { GpuCount: 1, GpuMilli: < 1000 })
        {
            var beside = fitting.Where(c => LargestPart(c.Node) >= want.GpuMilli)
                .OrderBy(c => Cost(c, tilt)).ThenBy(c => c.Sought).ThenBy(c => LargestPart(c.Node) / 64)
                .ThenByDescending(c => c.Stranded).ThenBy(c => c.Node.Index).FirstOrDefault();
            if (beside != null)
                return (beside.Node.Index, 1u << Tightest(beside.Node, want.GpuMilli));
        }
        var chosen = fitting.Where(c => c.Gpus >= want.GpuCount)
            .OrderBy(c => Cost(c, tilt)).ThenBy(c => want.GpuCount > 0 ? c.Sought : 0)
            .ThenBy(c => c.Gpus).ThenBy(c => c.Sought)
            .ThenByDescending(c => c.Stranded).ThenBy(c => c.Node.Index).FirstOrDefault();
        return chosen == null ? (-1, 0) : (chosen.Node.Index, LowestBits(chosen.Free, want.GpuCount));
    }

    private static int Cost(Candidate node, int tilt) => Math.Max(0, node.Stranded + tilt) - Math.Max(0, node.Stranded);

    private static uint FreeGpus(ClusterSnapshot cluster, NodeView node)
    {
        var used = cluster.WorkloadsOf(node).Aggregate(0u, (mask, workload) => mask | workload.GpuMask);
        var free = Enumerable.Range(0, node.GpuCount).Where(gpu => ((used | node.BadGpus) >> gpu & 1) == 0).ToList();
        var gone = Enumerable.Range(node.GpuCount, node.GpuCount <= 8 ? 8 - node.GpuCount : 16 - node.GpuCount).Count(gpu => (used >> gpu & 1) != 0);
        return free.SkipLast(gone).Aggregate(0u, (mask, gpu) => mask | 1u << gpu);
    }

    private static int StrandedQuarters(NodeView node, uint open, in Exchange exchange)
    {
        var free = 1000L * BitOperations.PopCount(open) + Parts(node).Sum(p => p.Left);
        var served = exchange.Served((int)node.CpuFreeMilli, (int)node.MemoryFreeMib);
        return (int)Math.Clamp(Math.Floor((free - served) / 256.0), -16, 15);
    }

    private static IEnumerable<(int Gpu, int Left)> Parts(NodeView node)
    {
        var used = node.GpuUsedMilli.ToArray();
        return Enumerable.Range(0, used.Length)
            .Where(g => (node.BadGpus >> g & 1) == 0 && used[g] > 0 && used[g] < 1000)
            .Select(g => (g, 1000 - used[g]));
    }

    private static int LargestPart(NodeView node) => Parts(node).Select(p => p.Left).DefaultIfEmpty().Max();

    private static int Tightest(NodeView node, int milli)
        => Parts(node).Where(p => p.Left >= milli).OrderBy(p => p.Left).ThenBy(p => p.Gpu).First().Gpu;

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

    private sealed record Candidate(NodeView Node, int Sought, uint Free, int Stranded)
    {
        public int Gpus => BitOperations.PopCount(Free);
    }
}
