using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Cluster;

/// <summary>Places whose node has to be made ready before the bind.</summary>
public sealed class PreparingTests
{
    private readonly FakeCluster _cluster = new FakeCluster().WithNodes("a", "b").With(FakeCluster.Workload(1, 8));
    private volatile string _ready = "";
    private volatile string _refused = "";

    public PreparingTests() => _cluster.Preparing = binding => binding.Node == _refused ? Readiness.Refused
        : binding.Node == _ready || binding.Workload != 1 ? Readiness.Ready
        : Readiness.Preparing;

    [Fact]
    public async Task A_place_is_kept_for_as_long_as_its_node_takes()
    {
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });
        world.Pass(TimeSpan.FromMinutes(9));
        await world.Loop.SubmitAsync(new SweepCommand());
        _cluster.With(FakeCluster.Workload(2, 8));
        _cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(2, 8)));
        await _cluster.WhenAsync("bind 2 b True");
        Assert.Equal(("a", 0), (world.NodeOf(1), _cluster.CountOf("bind 1")));

        _ready = "a";
        _cluster.Emit(new ClusterEvent.WorkloadPrepared(1));

        await _cluster.WhenAsync("bind 1 a True");
        await world.PassEndsAsync();
        Assert.Equal((0, 8_000, 8_000), (world.Binder.Pending, world.UsedMilli("a"), world.UsedMilli("b")));
    }

    [Fact]
    public async Task A_node_that_is_refused_gives_the_place_back_and_another_one_is_asked_for()
    {
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await _cluster.WhenAsync("prepare 1 a Preparing");

        // Whoever refuses a node has made it one that will not do.
        _ready = "b";
        _refused = "a";
        _cluster.With(FakeCluster.Workload(1, 8) with { Nodes = new FakeFilter(7, "b") });
        _cluster.Emit(new ClusterEvent.WorkloadPrepared(1));
        await _cluster.WhenAsync("prepare 1 a Refused");
        _cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        _cluster.Emit(new ClusterEvent.WorkloadPending(_cluster.Workloads[1]));

        await _cluster.WhenAsync("bind 1 b True");
        await world.PassEndsAsync();
        Assert.Equal((0, 8_000), (world.UsedMilli("a"), world.UsedMilli("b")));
    }

    [Fact]
    public async Task A_node_that_falls_sick_meanwhile_is_given_up()
    {
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await _cluster.WhenAsync("prepare 1 a Preparing");
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });

        _cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("a", ClusterNode.Person)));
        await _cluster.WhenAsync("prepare 1 b Preparing");
        _ready = "b";
        _cluster.Emit(new ClusterEvent.WorkloadPrepared(1));

        await _cluster.WhenAsync("bind 1 b True");
        Assert.Equal(0, _cluster.CountOf("bind 1 a"));
    }

    [Fact]
    public async Task A_new_listing_takes_the_place_of_nobody()
    {
        await using var world = new AdapterWorld(_cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });
        _cluster.With(FakeCluster.Workload(2, 8), FakeCluster.Workload(3, 8));

        await world.SyncAsync();
        await _cluster.WhenAsync("bind 2 b True");
        await world.SyncAsync();
        Assert.Equal("a", world.NodeOf(1));
        _ready = "a";
        _cluster.Emit(new ClusterEvent.WorkloadPrepared(1));

        await _cluster.WhenAsync("bind 1 a True");
        Assert.Equal(0, _cluster.CountOf("bind 3"));
    }

    [Fact]
    public async Task After_a_restart_the_place_is_kept_of_those_that_may_be_there_only()
    {
        await using var world = new AdapterWorld(_cluster.With(FakeCluster.Workload(1, 8, "b", 0xFF), FakeCluster.Workload(2, 8, "a", 0xFF)));
        await world.SyncAsync();
        _cluster.With(FakeCluster.Workload(1, 8) with { Nodes = new FakeFilter(7, "b") }, FakeCluster.Workload(2, 8));

        await world.SyncAsync();
        Assert.Equal(("b", null), (world.NodeOf(1), world.NodeOf(2)));
        _ready = "b";
        await world.StartAsync();

        await _cluster.WhenAsync("bind 1 b True");
        await _cluster.WhenAsync("bind 2 a True");
    }

    [Fact]
    public async Task News_that_come_while_the_cluster_is_asked_are_not_lost()
    {
        await using var world = new AdapterWorld(_cluster);
        var (asked, answer) = (_cluster.Preparing!, 0);
        _cluster.Preparing = binding =>
        {
            if (Interlocked.Increment(ref answer) > 1)
                return Readiness.Ready;
            world.Binder.Prepared(1);
            return asked(binding);
        };
        await world.StartAsync();

        await _cluster.WhenAsync("bind 1 a True");
    }
}
