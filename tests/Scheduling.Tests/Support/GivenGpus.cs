using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>Whoever gets a place gets as many GPUs as it asks for, and the node has them when those that had to go are gone.</summary>
internal static class GivenGpus
{
    public static void Check(TestCluster cluster, Command command)
    {
        var before = cluster.Snapshot().Workloads().ToDictionary(workload => workload.Id, workload => (workload.Node, workload.GpuMask));
        var reply = cluster.Do(command);
        if (command is PlaceCommand place && reply.Outcome == Outcome.Done)
            Assert.Equal(place.GpuCount, BitOperations.PopCount(reply.GpuMask));
        var after = cluster.Snapshot();
        foreach (var node in after.Nodes())
        {
            var stay = after.WorkloadsOf(node).Where(w => before.TryGetValue(w.Id, out var had) && had == (w.Node, w.GpuMask)).ToList();
            var come = after.WorkloadsOf(node).Except(stay).ToList();
            var (kept, taken) = (InUse(stay), InUse(come));
            Assert.Equal(0u, taken & ~(((1u << node.GpuCount) - 1) & ~node.BadGpus));
            Assert.True((taken & ~kept) == 0 || BitOperations.PopCount(kept | taken) <= node.GpuCount, $"{node.Name} has {node.GpuCount} GPUs, and of {kept | taken:b} {taken:b} are new");
            Assert.All(come, workload => Assert.True(workload.GpuMilli == 0 || workload.GpuMask != 0));
        }
    }

    private static uint InUse(List<WorkloadView> workloads) => workloads.Aggregate(0u, (all, workload) => all | workload.GpuMask);
}
