using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Tests.Cluster;

/// <summary>Workloads that may be on some nodes only wait in the engine's queue as all others do.</summary>
public sealed class LimitedTests
{
    private readonly ClusterState _state = new();
    private readonly EffectBuffer _effects = new();
    private readonly PendingBook _book = new((_, _) => { });
    private readonly FakeFilter _onB = new(1, "b");
    private readonly FakeCluster _cluster = new FakeCluster().WithNodes("a", "b").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2, 8, "b", 0xFF));

    [Fact]
    public async Task Who_is_first_gets_the_only_node_that_will_do_when_it_frees()
    {
        _cluster.With(FakeCluster.Workload(3, 8) with { Nodes = _onB }, FakeCluster.Workload(4, 8));
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 2);
        Leave(2);
        await _cluster.WhenAsync("bind 3 b True");
        Assert.Equal(0, _cluster.CountOf("bind 4"));
        Leave(1);
        await _cluster.WhenAsync("bind 4 a True");
    }

    [Fact]
    public async Task Who_came_later_waits_behind_those_that_may_be_anywhere()
    {
        _cluster.With(FakeCluster.Workload(3, 8), FakeCluster.Workload(4, 8) with { Nodes = _onB });
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 2);
        Leave(2);
        await _cluster.WhenAsync("bind 3 b True");
        await world.PassEndsAsync();
        Assert.Equal(0, _cluster.CountOf("bind 4"));
    }

    [Fact]
    public async Task A_free_node_that_will_do_by_now_is_taken_by_all_that_wait_for_it_at_once()
    {
        _cluster.Nodes.Add(FakeCluster.Node("c"));
        for (ulong id = 3; id < 13; id++)
            _cluster.With(FakeCluster.Workload(id, 1) with { Nodes = _onB });
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 10);
        _onB.Admit("b", "c");
        await world.UntilAsync(snapshot => snapshot.PendingCount == 2);
        Assert.Equal(8_000, world.UsedMilli("c"));
        _onB.Admit(null);
        Leave(1);
        await world.UntilAsync(snapshot => snapshot.PendingCount == 0);
    }

    [Fact]
    public async Task A_node_that_comes_is_taken_by_who_waits_for_it()
    {
        _onB.Admit("b", "c");
        _cluster.With(FakeCluster.Workload(3, 8) with { Nodes = _onB });
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        _cluster.Nodes.Add(FakeCluster.Node("c"));
        _cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("c")));
        await _cluster.WhenAsync("bind 3 c True");
    }

    [Fact]
    public async Task Members_of_a_gang_wait_for_the_nodes_that_each_asks_for_and_start_together()
    {
        var gang = new WorkloadLabels { Gang = new GangLabel("g", 3) };
        _cluster.With(
            FakeCluster.Workload(3, 4) with { Nodes = _onB, Labels = gang }, FakeCluster.Workload(4, 2) with { Nodes = new FakeFilter(1, "b"), Labels = gang },
            FakeCluster.Workload(5, 4) with { Nodes = new FakeFilter(2, "a"), Labels = gang });
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        Leave(2);
        await world.UntilAsync(snapshot => snapshot.Workloads().Count() == 1);
        await world.PassEndsAsync();
        Assert.Equal(0, _cluster.CountOf("bind"));
        Leave(1);
        await _cluster.WhenAsync("bind 3 b True");
        await _cluster.WhenAsync("bind 4 b True");
        await _cluster.WhenAsync("bind 5 a True");
    }

    [Fact]
    public async Task A_member_that_may_be_anywhere_leaves_the_only_node_of_another_to_it()
    {
        var gang = new WorkloadLabels { Gang = new GangLabel("g", 2) };
        _cluster.With(FakeCluster.Workload(3, 8) with { Labels = gang }, FakeCluster.Workload(4, 8) with { Nodes = new FakeFilter(2, "a"), Labels = gang });
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        Leave(1);
        Leave(2);
        await _cluster.WhenAsync("bind 3 b True");
        await _cluster.WhenAsync("bind 4 a True");
    }

    [Fact]
    public void The_engine_is_told_once_for_all_that_wait_under_a_filter_and_again_when_the_nodes_are_others()
    {
        for (ulong id = 3; id < 13; id++)
            _book.Add(FakeCluster.Workload(id, 8) with { Nodes = new FakeFilter(id % 2 + 1, "a", "b") });
        Assert.Equal(10, Ask().Count);
        Assert.Equal([2UL, 1UL], Tell());
        Assert.Empty(Tell());
        Step(ClusterDiff.UpsertOf(FakeCluster.Node("c", cordon: "person")));
        Assert.Equal([2UL, 1UL], Tell());
        foreach (var even in new ulong[] { 4, 6, 8, 10, 12 })
            _book.Remove(even);
        Step(new RemoveNodeCommand { Name = "c" });
        Assert.Equal([2UL], Tell());

        List<ulong> Tell()
        {
            var news = _book.Selections(Snapshot);
            foreach (var selecting in news)
            {
                Assert.Equal(Outcome.Unchanged, Step(selecting.ToCommand(Snapshot)).Outcome);
                _book.Told(selecting);
            }

            return [.. news.Select(selecting => selecting.Filter.Id)];
        }
    }

    [Fact]
    public void A_place_where_it_may_not_be_any_more_is_given_back_and_another_one_asked_for()
    {
        Step(ClusterDiff.UpsertOf(FakeCluster.Node("b")));
        Step(WorkloadCommands.BindOf(Snapshot, FakeCluster.Workload(1, 8, "b", 0xFF)));
        _book.Add(FakeCluster.Workload(3, 8) with { Nodes = _onB });
        Ask();
        Step(new ReleaseCommand { Workload = 1 });
        _effects.Clear();
        Step(new ScheduleCommand());
        var placed = Assert.IsType<Effect.Placed>(_effects[0]);
        _onB.Admit();
        _book.Placed(placed.Workload, placed.NodeName, placed.Gpus);
        Assert.Empty(_book.TakePlaced());
        Assert.Equal([typeof(ReleaseCommand), typeof(PlaceCommand)], Ask());
        Assert.Equal((0, 1), (Snapshot.WorkloadCount, Snapshot.PendingCount));
    }

    [Fact]
    public void Who_may_be_on_other_nodes_than_before_keeps_its_turn_and_who_is_another_job_does_not()
    {
        Step(ClusterDiff.UpsertOf(FakeCluster.Node("a", cordon: "person")));
        _book.Add(FakeCluster.Workload(3, 8));
        _book.Add(FakeCluster.Workload(4, 8));
        Ask();
        var turns = Turns();

        _book.Add(FakeCluster.Workload(3, 8) with { Nodes = _onB });
        Assert.Equal([typeof(PlaceCommand)], Ask());
        Assert.Equal(turns, Turns());
        _book.Add(FakeCluster.Workload(3, 8) with { Nodes = _onB, Labels = new WorkloadLabels { ExpectedSeconds = 60 } });
        Assert.Equal([typeof(ReleaseCommand), typeof(PlaceCommand)], Ask());
        Assert.Equal("4,3", Turns());

        string Turns() => string.Join(',', Snapshot.Pending().OrderBy(job => job.Sequence).Select(job => job.Id));
    }

    [Fact]
    public void Where_one_goes_is_known_before_the_next_is_asked_for_when_that_depends_on_it()
    {
        var apart = new FakeFilter(5) { IsChangedByPlacing = true };
        Step(ClusterDiff.UpsertOf(FakeCluster.Node("a")));
        for (ulong id = 3; id < 6; id++)
            _book.Add(FakeCluster.Workload(id, 1) with { Nodes = apart });
        _book.Add(FakeCluster.Workload(6, 1) with { Nodes = _onB });
        _book.Add(FakeCluster.Workload(7, 1) with { Nodes = _onB });

        Assert.Equal(("3,6,7", 2), Asked());
        Assert.Equal(("4", 1), Asked());
        Assert.Equal(("5", 0), Asked());
        Assert.Equal(("", 0), Asked());

        (string Asked, int Deferred) Asked()
        {
            var questions = _book.Questions(Snapshot, out var deferred);
            foreach (var question in questions)
                _book.Answer(question, Step(question.Command));
            return (string.Join(',', questions.Select(question => question.Workload!.Id)), deferred);
        }
    }

    private ClusterSnapshot Snapshot => _state.Publish(1, 1);

    private Reply Step(Command command) => Engine.Step(_state, command, 1, _effects);

    private List<Type> Ask()
    {
        var questions = _book.Questions(Snapshot, out _);
        foreach (var question in questions)
            _book.Answer(question, Step(question.Command));
        return [.. questions.Select(question => question.Command.GetType())];
    }

    private void Leave(ulong id)
    {
        _cluster.Workloads.Remove(id);
        _cluster.Emit(new ClusterEvent.WorkloadDeleted(id));
    }
}
