using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

public class PlacementPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(150));

    [Fact]
    public void Every_placement_is_the_one_that_looking_at_every_node_gives()
        => Prop.ForAll(Script.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var step in script.Steps())
            {
                var (before, mix) = (cluster.Snapshot(), cluster.State.Nodes.Mix.Copy());
                var reply = step.Apply(cluster);
                if (step.Command is not PlaceCommand place || before.Workloads().Any(w => w.Id == place.Workload)
                    || before.Departing.Contains(place.Workload))
                    continue;
                if (!place.Groups.IsAny && place.Groups.Last >= before.Groups.Length)
                {
                    Assert.Equal(Outcome.NotFound, reply.Outcome);
                    continue;
                }
                var expected = NaivePlacer.Place(before, place, mix);
                Assert.Equal(expected.Node < 0 ? Outcome.NoFit : Outcome.Done, reply.Outcome);
                Assert.Equal(expected, (reply.Node, reply.GpuMask));
            }
        }).Check(Thorough);

    [Fact]
    public void What_a_node_has_in_use_is_what_its_workloads_add_up_to()
        => Prop.ForAll(Script.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var step in script.Steps())
                step.Apply(cluster);
            var snapshot = cluster.Snapshot();
            foreach (var node in snapshot.Nodes())
            {
                var workloads = snapshot.WorkloadsOf(node).ToList();
                Assert.All(workloads, w => Assert.Equal(node.Index, w.Node));
                Assert.Equal(workloads.Sum(w => w.CpuMilli), node.CpuUsedMilli);
                Assert.Equal(workloads.Sum(w => w.MemoryMib), node.MemoryUsedMib);
                Assert.Equal(workloads.Count, node.WorkloadCount);
                for (var gpu = 0; gpu < node.GpuCount; gpu++)
                    Assert.Equal(workloads.Sum(w => (w.GpuMask >> gpu & 1) * w.GpuMilli), node.GpuUsedMilli[gpu]);
                Assert.True(node.CpuFreeMilli >= 0 && node.MemoryFreeMib >= 0);
            }
            Assert.Equal(snapshot.WorkloadCount, snapshot.Nodes().Sum(n => snapshot.WorkloadsOf(n).Count()));
            Assert.Equal(snapshot.WorkloadCount, snapshot.Workloads().Count());
        }).Check(Thorough);

    [Fact]
    public void Whoever_gets_a_place_gets_the_GPUs_that_it_asks_for_and_the_node_has()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var (command, elapsed) in script.Steps())
            {
                cluster.Now += elapsed;
                if (command is PlaceCommand or PlaceGangCommand or ScheduleCommand)
                    GivenGpus.Check(cluster, command);
                else
                    cluster.Do(command);
            }
        }).Check(Thorough);

    [Fact]
    public void Without_the_clusters_own_bindings_nothing_is_ever_overcommitted_and_no_sick_node_or_GPU_is_given()
        => Prop.ForAll(Script.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var step in script.Steps())
            {
                if (step.Command is BindCommand)
                    continue;
                var before = cluster.Snapshot();
                var reply = step.Apply(cluster);
                if (step.Command is not PlaceCommand place || reply.Outcome != Outcome.Done)
                    continue;
                Assert.True(before.TryGetNode(reply.Node, out var chosen));
                Assert.Equal(NodeHealth.Healthy, chosen.Health);
                Assert.Equal(0u, chosen.BadGpus & reply.GpuMask);
                Assert.True(cluster.Snapshot().TryGetNode(reply.Node, out var after));
                // A node that shrank under its workloads may still take what asks for none of what it lacks.
                Assert.True(place.CpuMilli == 0 || after.CpuUsedMilli <= after.CpuTotalMilli);
                Assert.True(place.MemoryMib == 0 || after.MemoryUsedMib <= after.MemoryTotalMib);
                Assert.InRange(after.WorkloadCount, 1, after.MaxWorkloads);
                foreach (var used in after.GpuUsedMilli)
                    Assert.InRange(used, 0, 1000);
            }
        }).Check(Thorough);

    [Fact]
    public void The_same_commands_give_the_same_image_and_an_unchanged_reply_changes_nothing()
        => Prop.ForAll(Script.Any(), script =>
        {
            var (one, other) = (new TestCluster(), new TestCluster());
            foreach (var step in script.Steps())
            {
                var before = one.Snapshot().ImageHash();
                var reply = step.Apply(one);
                Assert.Equal(reply.Outcome, step.Apply(other).Outcome);
                if (!reply.Changed)
                    Assert.Equal(before, one.Snapshot().ImageHash());
            }
            Assert.Equal(one.Snapshot().ImageHash(), other.Snapshot().ImageHash());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(40)));

    [Fact]
    public void Releasing_everything_leaves_every_node_as_it_was()
        => Prop.ForAll(Script.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var step in script.Steps())
                step.Apply(cluster);
            foreach (var workload in cluster.Snapshot().Workloads().ToList())
                Assert.Equal(Outcome.Done, cluster.Release(workload.Id).Outcome);
            Assert.All(cluster.Snapshot().Nodes(), node =>
            {
                Assert.Equal(0, node.CpuUsedMilli);
                Assert.Equal(0, node.MemoryUsedMib);
                Assert.Equal(((1u << node.GpuCount) - 1) & ~node.BadGpus, node.FreeGpus);
            });
        }).Check(Thorough);
}
