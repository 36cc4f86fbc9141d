using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

/// <summary>Nodes that are for a size of job, with the default sizes: one GPU is small, up to eight are medium.</summary>
public class ZoneTests
{
    private readonly TestCluster _cluster = new();

    [Theory]
    [InlineData(1, ZoneRole.Small, ZoneRole.Medium, ZoneRole.Large)]
    [InlineData(8, ZoneRole.Medium, ZoneRole.Small, ZoneRole.Large)]
    [InlineData(16, ZoneRole.Large, ZoneRole.Medium, ZoneRole.Small)]
    public void A_job_takes_the_zone_of_its_size_then_the_next_one(int gpus, params ZoneRole[] order)
    {
        foreach (var zone in (ZoneRole[])[ZoneRole.Large, ZoneRole.Small, ZoneRole.Medium])
            Add(_cluster, zone.ToString(), zone, gpus);
        for (var job = 0; job < order.Length; job++)
            Assert.Equal(order[job].ToString(), _cluster.Place((ulong)(job + 1), gpus).NodeName);
        Assert.Equal(Outcome.NoFit, _cluster.Place(9, gpus).Outcome);
    }

    [Fact]
    public void Nodes_for_any_size_are_as_good_as_those_of_the_size()
    {
        Add(_cluster, "small", ZoneRole.Small, 8);
        Add(_cluster, "any", ZoneRole.None, 4);
        Assert.Equal("any", _cluster.Place(1).NodeName);
    }

    [Fact]
    public void The_size_of_a_gang_is_that_of_all_its_members()
    {
        foreach (var zone in (ZoneRole[])[ZoneRole.Small, ZoneRole.Medium, ZoneRole.Large])
            Add(_cluster, zone.ToString(), zone, 8);
        _cluster.PlaceGang(Tenants.Gang(1, 2, gpus: 1));
        Assert.Equal(["Medium", "Medium"], _cluster.Snapshot().Workloads().Select(workload => _cluster.State.Nodes.NameOf(workload.Node)));
    }

    [Fact]
    public void The_policy_says_what_is_small_and_a_node_may_change_its_zone()
    {
        Add(_cluster, "n1", ZoneRole.Large, 8);
        Add(_cluster, "n2", ZoneRole.Medium, 8);
        _cluster.SetPolicy(new SchedulingPolicy { Zones = new ZoneRules(4, 6) });
        Assert.Equal("n1", _cluster.Place(1, 7).NodeName);
        _cluster.Release(1);
        Add(_cluster, "n1", ZoneRole.Small, 8);
        Assert.Equal("n1", _cluster.Place(2, 4).NodeName);
    }

    [Fact]
    public void Every_placement_is_the_one_that_looking_at_zone_after_zone_gives()
        => Seeded.ForAll(random =>
        {
            var cluster = new TestCluster();
            for (var node = 0; node < 12; node++)
                Add(cluster, $"n{node}", (ZoneRole)random.Next(4), random.Next(1, 17), random.Next(2) == 0 ? "a" : "b");
            for (ulong id = 1; id <= 60; id++)
            {
                if (random.Next(4) == 0)
                    cluster.Release((ulong)random.Next(1, (int)id));
                var gpus = new[] { 0, 1, 1, 2, 4, 8, 12, 16 }[random.Next(8)];
                var place = new PlaceCommand
                {
                    Workload = id,
                    Name = "test/w",
                    GpuCount = gpus,
                    GpuMilli = gpus == 1 && random.Next(2) == 0 ? random.Next(1, 1000) : 1000,
                    CpuMilli = random.Next(9) * 1000,
                    Groups = random.Next(2) == 0 ? GroupSet.Any : GroupSet.Of(random.Next(cluster.State.Nodes.Groups.Length)),
                };
                var expected = Naive(cluster, place);
                var reply = cluster.Do(place);
                Assert.Equal(expected, (reply.Node, reply.GpuMask));
            }
        });

    private static (int Node, uint Gpus) Naive(TestCluster cluster, PlaceCommand place)
    {
        var (snapshot, mix) = (cluster.Snapshot(), cluster.State.Nodes.Mix.Copy());
        ZoneRole[][] turns = place.Shape.Milli switch
        {
            <= 1_000 => [[ZoneRole.None, ZoneRole.Small], [ZoneRole.Medium], [ZoneRole.Large]],
            <= 8_000 => [[ZoneRole.None, ZoneRole.Medium], [ZoneRole.Small], [ZoneRole.Large]],
            _ => [[ZoneRole.None, ZoneRole.Large], [ZoneRole.Medium], [ZoneRole.Small]],
        };
        foreach (var zones in turns)
        {
            var nodes = new NodeSet();
            foreach (var node in snapshot.Nodes().Where(node => zones.Contains(cluster.State.Nodes.ShapeOf(node.Index).Zone)))
                nodes.Add(node.Index);
            var only = new PlaceCommand
            {
                GpuCount = place.GpuCount,
                GpuMilli = place.GpuMilli,
                CpuMilli = place.CpuMilli,
                Groups = place.Groups,
                Candidates = nodes,
            };
            if (NaivePlacer.Place(snapshot, only, mix) is { Node: >= 0 } found)
                return found;
        }
        return (-1, 0);
    }

    private static void Add(TestCluster cluster, string name, ZoneRole zone, int gpus, string group = "a") => cluster.Do(new UpsertNodeCommand
    {
        Name = name,
        GpuCount = gpus,
        CpuMilli = 64_000,
        MemoryMib = 512_000,
        Group = group,
        Reachable = true,
        Zone = zone,
    });
}
