using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

/// <summary>A caller that says which nodes will do, and asks again.</summary>
public class CandidateTests
{
    private readonly TestCluster _cluster = new();

    public CandidateTests()
    {
        foreach (var name in new[] { "n0", "n1", "n2" })
            _cluster.AddNode(name);
    }

    [Fact]
    public void Of_the_candidates_the_best_is_chosen_and_of_none_none()
    {
        Assert.Equal("n1", Place(1, 1, 2).NodeName);
        Assert.Equal(Outcome.NoFit, Place(2).Outcome);
        Assert.Equal(Outcome.NoFit, Place(2, 77).Outcome);
    }

    [Fact]
    public void Asked_again_the_same_place_is_told_as_long_as_it_is_a_candidate()
    {
        Place(1, 1);
        _cluster.Place(2);
        var again = Place(1, 0, 1, 2);
        Assert.Equal((Outcome.Unchanged, "n1"), (again.Outcome, again.NodeName));
    }

    [Fact]
    public void What_is_assumed_elsewhere_moves_in_one_step_and_leaves_nothing_behind()
    {
        Place(1, 0);
        var moved = Place(1, 2);
        Assert.Equal((Outcome.Done, "n2", true), (moved.Outcome, moved.NodeName, moved.Changed));
        Assert.Equal(8, _cluster.Node("n0").FreeGpuCount);
        Assert.Equal(1, _cluster.Snapshot().WorkloadCount);
    }

    [Fact]
    public void What_cannot_move_to_a_candidate_has_no_place_any_more_and_that_is_journaled()
    {
        Place(1, 0);
        _cluster.Bind(9, "n2", mask: 0xff);
        var reply = Place(1, 2);
        Assert.Equal((Outcome.NoFit, true), (reply.Outcome, reply.Changed));
        Assert.Equal(8, _cluster.Node("n0").FreeGpuCount);
    }

    [Fact]
    public void What_the_cluster_runs_stays_where_it_is()
    {
        Place(1, 0);
        _cluster.Confirm(1);
        Assert.Equal((Outcome.Unchanged, "n0"), (Place(1, 1).Outcome, Place(1, 1).NodeName));
    }

    [Fact]
    public void A_member_of_a_gang_keeps_to_the_plan_of_the_whole()
    {
        _cluster.PlaceGang(Tenants.Gang(1, 2, gpus: 8));
        Assert.Equal("n0", Place(1_000, gpus: 8, [2]).NodeName);
        Assert.Equal(2, _cluster.Snapshot().WorkloadCount);
    }

    [Fact]
    public void The_queue_does_not_remember_candidates()
    {
        Assert.StartsWith("Wait: ", (string)_cluster.Do(new PlaceCommand { Workload = 1, Wait = true, Candidates = Nodes(0) }).Detail!);
        var gang = Tenants.Gang(1, 2);
        Assert.StartsWith("Wait: ", (string)_cluster.Do(new PlaceGangCommand { Gang = gang, Wait = true, Candidates = new(0, Nodes(0)) }).Detail!);
        Assert.StartsWith("Candidates: ", (string)_cluster.Do(new PlaceGangCommand { Gang = gang, Candidates = new(1, Nodes(0)) }).Detail!);
    }

    [Fact]
    public void A_replica_is_spread_over_candidates_only()
    {
        var traits = new WorkloadTraits { Service = 7 };
        foreach (var (id, node) in new[] { (1UL, "n1"), (2UL, "n2"), (3UL, "n1") })
        {
            var reply = _cluster.Do(new PlaceCommand { Workload = id, GpuCount = 1, Traits = traits, Candidates = Nodes(1, 2) });
            Assert.Equal(node, reply.NodeName);
        }
    }

    [Fact]
    public void A_retry_goes_where_it_would_go_had_it_no_place()
        => Prop.ForAll(Script.Any(200), script =>
        {
            var (cluster, random) = (new TestCluster(), new Random(script.Seed));
            foreach (var step in script.Steps())
            {
                step.Apply(cluster);
                var assumed = cluster.Snapshot().Workloads().Where(workload => workload.Assumed).ToList();
                if (assumed.Count == 0 || random.Next(10) > 0)
                    continue;
                var known = assumed[random.Next(assumed.Count)];
                var again = new PlaceCommand
                {
                    Workload = known.Id,
                    Name = known.Name,
                    GpuCount = System.Numerics.BitOperations.PopCount(known.GpuMask),
                    GpuMilli = Math.Max(1, known.GpuMilli),
                    CpuMilli = known.CpuMilli,
                    MemoryMib = known.MemoryMib,
                    Candidates = Nodes([.. Enumerable.Range(0, 26).Where(node => node != known.Node && random.Next(2) == 0)]),
                };
                var fork = cluster.Fork();
                fork.Release(known.Id);
                var fresh = fork.Do(again);
                var reply = cluster.Do(again);
                Assert.Equal((fresh.Outcome, fresh.Node, fresh.GpuMask), (reply.Outcome, reply.Node, reply.GpuMask));
                Assert.True(reply.Changed);
                Recount.Check(cluster);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60)));

    [Fact]
    public void Sets_of_nodes_survive_the_journal_and_cost_little_there()
        => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var (random, nodes) = (new Random(seed), new NodeSet());
            var (end, share) = (random.Next(1, 20_000), random.Next(1, 200));
            var chosen = Enumerable.Range(0, end).Where(_ => random.Next(share) == 0 || random.Next(200) > share).ToHashSet();
            foreach (var node in chosen)
                nodes.Add(node);
            var writer = new CommandWriter(new byte[1]);
            CommandCodec.Write(ref writer, new PlaceCommand { Workload = 1, Candidates = nodes }, 5);
            Assert.True(writer.Written.Length <= 200 + (end / 64 + 1) * 9);
            var read = Assert.IsType<PlaceCommand>(new CommandCodec().Read(writer.Written, out _)).Candidates!;
            Assert.Equal(chosen.Count, read.Count);
            Assert.All(chosen, node => Assert.True(read.Contains(node)));
            Assert.False(read.Contains(end) || read.Contains(-1) || read.Contains(int.MaxValue));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60)));

    [Fact]
    public void All_of_a_thousand_nodes_take_a_few_bytes_and_a_cleared_set_is_empty()
    {
        var nodes = Nodes([.. Enumerable.Range(0, 1024)]);
        var plain = new CommandWriter(new byte[1]);
        var with = new CommandWriter(new byte[1]);
        CommandCodec.Write(ref plain, new PlaceCommand { Workload = 1 }, 5);
        CommandCodec.Write(ref with, new PlaceCommand { Workload = 1, Candidates = nodes }, 5);
        Assert.Equal(4 + 1024 / 64, with.Written.Length - plain.Written.Length);
        Assert.Null(Assert.IsType<PlaceCommand>(new CommandCodec().Read(plain.Written, out _)).Candidates);
        nodes.Clear();
        Assert.Equal(0, nodes.Count);
        nodes.Add(70);
        Assert.False(nodes.Contains(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => nodes.Add(NodeTable.MaxNodes));
        Assert.Throws<ArgumentOutOfRangeException>(() => nodes.Add(-1));
    }

    [Fact]
    public void A_survey_says_why_each_candidate_will_not_do_and_which_of_them_others_could_make_room_on()
    {
        _cluster.AddNode("b", group: "b");
        _cluster.AddNode("small", gpus: 2);
        _cluster.AddNode("cordoned", cordoned: true);
        _cluster.Bind(9, "n0", mask: 0x3f);
        _cluster.State.Nodes.SetQuarantine(1, 5);
        var reply = _cluster.Do(new SurveyCommand
        {
            Shape = new Shape(4, 1000, 1000, 1000, GroupSet.Of(0)),
            Traits = new WorkloadTraits(),
            Candidates = Nodes(0, 1, 3, 4, 5, 99),
        });
        Assert.False(reply.Changed);
        Assert.Equal(
            "TooFewGpus True, Quarantined False, None False, WrongGroup False, TooFewGpus False, Cordoned False",
            string.Join(", ", Assert.IsType<NodeVerdicts>(reply.Detail).ByNode.Select(verdict => $"{verdict.Reason} {verdict.Curable}")));
    }

    private static NodeSet Nodes(params int[] nodes)
    {
        var set = new NodeSet();
        foreach (var node in nodes)
            set.Add(node);
        return set;
    }

    private Reply Place(ulong id, params int[] nodes) => Place(id, 1, nodes);

    private Reply Place(ulong id, int gpus, int[] nodes) => _cluster.Do(new PlaceCommand
    {
        Workload = id,
        Name = $"test/w{id}",
        GpuCount = gpus,
        CpuMilli = 1000,
        MemoryMib = 1000,
        Candidates = Nodes(nodes),
    });
}
