using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

public class ImpactIndexTests
{
    private const int Many = 100;

    private static readonly Shape[] Shapes = [Of(0), Of(1), Of(2), Of(4)];

    [Fact]
    public void A_column_that_is_kept_up_to_date_says_what_a_new_one_says()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var (random, crowd) = (new Random(seed), new RandomCrowd(seed));
            var cluster = crowd.Crowd.Cluster;
            for (ulong id = 1_000; id < 1_020; id++)
            {
                crowd.Crowd.Pass(random.Next(600));
                Command command = random.Next(5) switch
                {
                    0 => crowd.Single(id),
                    1 => crowd.Gang(id),
                    2 => new ReleaseCommand { Workload = (ulong)random.Next(1, 16) },
                    3 => new ReportCheckpointCommand { Workload = (ulong)random.Next(1, 16) },
                    _ => new UpsertNodeCommand { Name = $"n{random.Next(5)}", GpuCount = 4, CpuMilli = 8_000, MemoryMib = 8_000, Group = "a", Reachable = random.Next(3) > 0 },
                };
                cluster.Do(command);
                var by = new Preemptor((UsageKind)random.Next(4), random.Next(2) == 0, -1, cluster.Now, false);
                foreach (var shape in Shapes)
                {
                    var kept = cluster.State.Preemption.Index.For(cluster.State, by, shape, out var moment);
                    var fresh = new PreemptionScratch().Index.For(cluster.State, by, shape, out _);
                    for (var node = 0; node < cluster.State.Nodes.End; node++)
                        Assert.Equal(fresh.At(node, moment), kept.At(node, moment));
                }
                CheckRoom(cluster.State, by with { OwnSet = random.Next(-1, cluster.State.Sets.End) });
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(100)));

    [Fact]
    public void Nodes_are_worked_out_anew_block_by_block_and_a_sweep_leaves_none_overdue()
        => Seeded.ForAll(random =>
        {
            var crowd = new Crowd();
            var (nodes, cluster) = (3 * ReferenceTimes.Together + 10, crowd.Cluster);
            crowd.Nodes(nodes, gpus: 2);
            for (var node = 0; node < nodes; node++)
                crowd.Runs((ulong)node + 1, $"n{node}", 1, gang: random.Next(3) == 0 ? (ulong)random.Next(5_000, 5_040) : 0);
            for (var look = 0; look < 8; look++)
            {
                crowd.Pass(random.Next(2) == 0 ? random.Next(20) : random.Next(2 * ReferenceTimes.Period));
                cluster.Do(new ReleaseCommand { Workload = (ulong)random.Next(1, nodes) });
                if (random.Next(2) == 0)
                    cluster.Do(new SweepCommand());
                var by = new Preemptor(UsageKind.Reserved, false, -1, cluster.Now, false, ForGang: look % 2 == 0);
                var kept = cluster.State.Preemption.Index.For(cluster.State, by, Of(2), out var moment);
                var fresh = new PreemptionScratch().Index.For(cluster.State, by, Of(2), out _);
                for (var node = 0; node < nodes; node++)
                    Assert.Equal(fresh.At(node, moment), kept.At(node, moment));
                crowd.Pass(100);
                cluster.Do(new SweepCommand());
                Assert.Equal(cluster.Now / 1000, kept.Second);
            }
        }, 20);

    [Fact]
    public void Of_many_nodes_one_is_taken_that_costs_as_little_as_any()
    {
        var crowd = new Crowd();
        var random = new Random(5);
        crowd.Nodes(200, gpus: 1);
        for (var node = 0; node < 200; node++)
            crowd.Runs((ulong)node + 1, $"n{node}", 1);
        crowd.Pass(100_000);
        var ages = Enumerable.Range(0, 200).Select(_ => random.Next(100_000)).ToArray();
        for (var node = 0; node < 200; node++)
            crowd.Cluster.Do(new ReportCheckpointCommand { Workload = (ulong)node + 1, AgeSeconds = ages[node] });
        var reply = crowd.Comes(1);
        Assert.Equal(ages.Min(), ages[reply.Node]);
    }

    [Fact]
    public void When_the_cheapest_nodes_are_ruled_out_the_search_goes_on()
    {
        var crowd = new Crowd();
        var budget = crowd.Budget("test/pdb", 0);
        crowd.Nodes(100, gpus: 1);
        for (var node = 0; node < 100; node++)
            crowd.Runs((ulong)node + 1, $"n{node}", 1, category: node == 70 ? Category.Serving : Category.Training, budget: node == 70 ? -1 : budget);
        Assert.Equal(70, crowd.Comes(1).Node);
    }

    /// <summary>What nodes would have left is as if it were worked out now, and no less than the preemptor finds.</summary>
    private static void CheckRoom(ClusterState state, in Preemptor by)
    {
        var kept = state.Preemption.Index.RoomFor(state, by);
        for (var node = 0; node < state.Nodes.End; node++)
        {
            Assert.Equal(NodeLeft.Of(state, node, Preemptor.OfLevel(by.Level, at: 0)), kept[node]);
            var (most, exact) = (kept[node], NodeLeft.Of(state, node, by));
            Assert.True(exact.Cpu <= most.Cpu && exact.Memory <= most.Memory && exact.Workloads <= most.Workloads && exact.Gpus <= most.Gpus && exact.Milli <= most.Milli);
            foreach (var shape in (Shape[])[.. Shapes, Of(1) with { GpuMilli = 300 }, Of(1) with { GpuMilli = 600, CpuMilli = 2_000 }])
                Assert.InRange(PlacesOn(state, node, by, shape), 0, most.PlacesFor(shape, Many));
        }
    }

    private static int PlacesOn(ClusterState state, int node, in Preemptor by, in Shape shape)
    {
        var used = new int[NodeTable.MaxGpus];
        NodeLeft.Clear(state, node, by, used, out var cpu, out var memory, out var workloads);
        var (gpus, count) = (state.Nodes.HealthyGpus(node), state.Nodes.GpuCountOf(node));
        return PlaceCount.OnGpus(shape, PlaceCount.Beside(shape, workloads, cpu, memory, Many), PlaceCount.Free(gpus, count, used), gpus, count, used);
    }

    private static Shape Of(int gpus) => new(gpus, NodeTable.WholeGpu, 0, 0, GroupSet.Any);
}
