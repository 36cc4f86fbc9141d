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
            foreach (var group in Enumerable.Range(0, snapshot.Groups.Length).Append(NodeTable.NoGroup))
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
        CheckBudgets(state);
        CheckDepartures(state);
        CheckBlocks(state);
        CheckClasses(state);
        CheckMeters(state, workloads, cluster.Now);
    }

    /// <summary>Where only runs take nodes out of scheduling.</summary>
    public static void CheckQuarantines(TestCluster cluster)
    {
        var (state, repair) = (cluster.State, cluster.State.Repair);
        var holders = repair.Live.Values.Concat(repair.Ended.Values).Where(run => run.Holds).ToDictionary(run => run.Node, run => run.Number);
        for (var node = 0; node < state.Nodes.End; node++)
            Assert.Equal(holders.GetValueOrDefault(node), state.Nodes.QuarantinedBy(node));
        Assert.Equal(repair.Live.Values.Count(run => run.Holds), repair.Repairing);
    }

    private static void CheckBudgets(ClusterState state)
    {
        var taken = state.Budgets.CopyTaken().ToLookup(pair => pair.Value, pair => pair.Key);
        for (var budget = 0; budget < state.Budgets.Count; budget++)
            Assert.Equal(taken[budget].Count(), state.Budgets[budget].Taken);
    }

    private static void CheckDepartures(ClusterState state)
    {
        var leaving = state.Departures.All.ToLookup(departure => departure.Row.Node);
        Assert.Equal(leaving.Sum(node => node.Count()), state.Departures.Count);
        for (var node = 0; node < state.Nodes.End; node++)
            Assert.Equal(!leaving.Contains(node), state.Departures.IsClear(node));
        Assert.All(state.Departures.All, departure => Assert.False(state.Workloads.TryFind(departure.Row.Id, out _)));
        Assert.All(leaving, node => Assert.True(state.Nodes.Exists(node.Key)));
    }

    private static void CheckBlocks(ClusterState state)
    {
        var book = state.Reservations;
        var blocks = book.Live.Values.SelectMany(of => of.Nodes.Select(node => (node, of.Block)))
            .Concat(book.Holds.SelectMany(of => of.Nodes.Select(node => (node, of.Block))))
            .ToLookup(pair => pair.node, pair => pair.Block);
        Assert.Equal(blocks.Select(node => node.Key).Order(), state.Blocks.Nodes.ToArray());
        for (var node = 0; node < state.Nodes.End; node++)
        {
            var here = state.Blocks.Of(node).ToArray();
            Assert.Equal(blocks[node].OrderBy(block => (block.Start, block.Kind, block.Owner)), here.OrderBy(block => (block.Start, block.Kind, block.Owner)));
            Assert.Equal(here.OrderBy(block => block.Start), here);
            if (state.Nodes.Exists(node))
            {
                Assert.Equal(
                    state.Nodes.HealthOf(node) == NodeHealth.Healthy && here.Length == 0 && state.Nodes.GroupIndexOf(node) != NodeTable.NoGroup,
                    state.Nodes.IsSchedulable(node));
            }
        }
    }

    private static void CheckClasses(ClusterState state)
    {
        var (pending, listed, classes) = (state.Pending, new HashSet<int>(), 0);
        for (var index = 0; index < pending.ClassEnd; index++)
        {
            if (pending.ClassAt(index) is not { Key: { } key } mine)
                continue;
            var (count, last, sequence) = (0, -1, 0L);
            for (var slot = mine.First; slot >= 0; (last, slot) = (slot, pending.NextInClass(slot)))
            {
                var job = pending[slot];
                Assert.Equal((key, index, mine.Base), (job.ClassKey(), pending.ClassOf(slot), Priorities.Base(state.Tenancy.Policy.Priority, job.Traits, job.Milli)));
                Assert.True(job.Sequence > sequence && listed.Add(slot));
                (sequence, count) = (job.Sequence, count + 1);
            }
            Assert.Equal((mine.Count, mine.Last), (count, last));
            classes++;
        }
        Assert.Equal((pending.ClassCount, pending.Count), (classes, listed.Count));
    }

    // What a project uses now is what its meter would gain in the next millisecond.
    private static void CheckMeters(ClusterState state, List<WorkloadView> workloads, long now)
    {
        for (var project = 0; project < state.Tenancy.Projects.Length; project++)
        {
            var used = workloads.Where(w => w.Traits.Project == project).Sum(w => (long)BitOperations.PopCount(w.GpuMask) * w.GpuMilli);
            Assert.Equal(used, (long)(state.Tenancy.Meters.UsedThisMonth(project, now + 1) - state.Tenancy.Meters.UsedThisMonth(project, now)));
        }
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
