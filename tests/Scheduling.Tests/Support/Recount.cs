using System.Numerics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>Counts everything that the model keeps up to date from scratch, and holds it against the model.</summary>
internal static class Recount
{
    public static void Check(TestCluster cluster)
    {
        var (state, snapshot) = (cluster.State, cluster.Snapshot());
        var workloads = snapshot.Workloads().ToList();
        foreach (var node in snapshot.Nodes())
        {
            var here = workloads.Where(w => w.Node == node.Index).ToList();
            Assert.Equal(here.Sum(w => w.CpuMilli), node.CpuUsedMilli);
            Assert.Equal(here.Sum(w => w.MemoryMib), node.MemoryUsedMib);
            Assert.Equal(here.Count, node.WorkloadCount);
            for (var gpu = 0; gpu < node.GpuCount; gpu++)
                Assert.Equal(here.Sum(w => (w.GpuMask >> gpu & 1) * w.GpuMilli), node.GpuUsedMilli[gpu]);
        }
        for (var project = 0; project < snapshot.Projects.Length; project++)
        {
            for (var group = 0; group < snapshot.Groups.Length; group++)
            {
                foreach (var kind in Enum.GetValues<UsageKind>())
                {
                    var used = workloads.Where(w => w.Traits.Project == project && w.Group == group && w.Kind == kind)
                        .Sum(w => (long)BitOperations.PopCount(w.GpuMask) * w.GpuMilli);
                    Assert.Equal(used, state.Tenancy.Usage.Used(project, group, kind));
                }
            }
        }
        CheckLending(state, snapshot.Groups.Length);
        CheckSets(state, workloads.Count(w => w.Set >= 0));
        CheckDomains(state, snapshot);
    }

    private static void CheckLending(ClusterState state, int groups)
    {
        var usage = state.Tenancy.Usage;
        for (var group = 0; group < groups; group++)
        {
            var lendable = 0L;
            for (var project = 0; project < state.Tenancy.Projects.Length; project++)
            {
                lendable += Math.Max(0, usage.Limit(project, group, UsageKind.Reserved) - usage.Used(project, group, UsageKind.Reserved));
                lendable -= usage.Used(project, group, UsageKind.Borrowed);
            }
            Assert.Equal(lendable, usage.Lendable(group));
        }
    }

    private static void CheckSets(ClusterState state, int members)
    {
        for (var set = 0; set < state.Sets.End; set++)
        {
            if (state.Sets[set].Kind == SetKind.None)
                continue;
            var count = 0;
            for (var slot = state.Sets[set].First; slot >= 0; slot = state.Workloads.NextInSet(slot), count++)
                Assert.Equal(set, state.Workloads[slot].Set);
            Assert.Equal(count, state.Sets[set].Count);
            Assert.True(count > 0);
            members -= count;
        }
        Assert.Equal(0, members);
    }

    private static void CheckDomains(ClusterState state, ClusterSnapshot snapshot)
    {
        var nodes = state.Nodes;
        if (nodes.Domains is not { } domains)
            return;
        var fresh = new DomainCounts(nodes.Topology);
        foreach (var node in snapshot.Nodes().Where(n => nodes.IsSchedulable(n.Index) && n.WorkloadCount < n.MaxWorkloads))
            fresh.Move(nodes.Topology.LeafOf(node.Name), node.GroupIndex, DomainCounts.Absent, node.FreeGpuCount);
        for (var domain = 0; domain < nodes.Topology.Count; domain++)
        {
            for (var group = DomainCounts.AnyGroup; group < nodes.Groups.Length; group++)
            {
                for (var free = 0; free <= NodeTable.MaxGpus; free++)
                    Assert.Equal(fresh.NodesWith(domain, group, free), domains.NodesWith(domain, group, free));
            }
        }
    }
}
