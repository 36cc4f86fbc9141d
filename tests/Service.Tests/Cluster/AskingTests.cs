using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Cluster;

[Collection(Alone.Name)]
public sealed class AskingTests
{
    [Fact]
    public async Task What_is_in_the_queue_is_not_asked_for_again()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        for (ulong id = 10; id < 40; id++)
            cluster.With(FakeCluster.Workload(id, 8));
        cluster.With(FakeCluster.Workload(99, 0));
        using var counter = new CommandCounter(CommandKind.Place);
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        // The one that fits stands behind all that do not.
        await cluster.WhenAsync("bind 99");
        for (var node = 0; node < 5; node++)
        {
            cluster.With(FakeCluster.Workload(100 + (ulong)node, 0));
            cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(100 + (ulong)node, 0)));
            await cluster.WhenAsync($"bind {100 + node}");
        }

        Assert.Equal(30 + 1 + 5, counter.Asked());
        Assert.Equal(30, world.Snapshot.PendingCount);
    }

    [Fact]
    public async Task Those_that_a_node_takes_one_at_a_time_are_asked_for_once_each()
    {
        var apart = new FakeFilter(5, "a", "b", "c") { IsChangedByPlacing = true };
        var cluster = new FakeCluster().WithNodes("a", "b", "c");
        cluster.Preparing = place =>
        {
            apart.Admit([.. apart.Admitted()!.Where(node => node != place.Node)]);
            return Readiness.Ready;
        };
        for (ulong id = 3; id < 6; id++)
            cluster.With(FakeCluster.Workload(id, 1) with { Nodes = apart });
        using var counter = new CommandCounter(CommandKind.Place);
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();

        for (ulong id = 3; id < 6; id++)
            await cluster.WhenAsync($"bind {id}");
        Assert.Equal(3, cluster.Calls.Where(call => call.StartsWith("bind", StringComparison.Ordinal)).Select(call => call.Split(' ')[2]).Distinct().Count());
        Assert.Equal(3, counter.Asked());
    }

    [Fact]
    public async Task After_a_cycle_the_loop_is_everybody_elses_for_three_times_as_long()
    {
        var clock = new ManualClock();
        await using var world = new LoopWorld(time: clock.Costly);
        world.Loop.Start();
        await world.Loop.ExecuteAsync(Commands.Node(1));
        await world.Loop.ExecuteAsync(new PlaceCommand { Workload = 1, Name = "team/first", GpuCount = 8 });
        var binder = new WorkloadBinder(new FakeCluster(), world.Loop, clock, NullLogger<WorkloadBinder>.Instance);
        using var counter = new CommandCounter(CommandKind.Schedule);
        using var stopping = new CancellationTokenSource();
        var running = binder.RunAsync(stopping.Token);

        clock.PerDecision = TimeSpan.FromSeconds(1);
        await ComesAsync(2);
        clock.PerDecision = TimeSpan.Zero;
        for (ulong id = 3; id < 6; id++)
            await ComesAsync(id);
        Assert.Equal(1, counter.Asked());
        clock.Pass(TimeSpan.FromSeconds(3));
        await ComesAsync(6);
        Assert.Equal(2, counter.Asked());
        await stopping.CancelAsync();
        await running;

        // Its pass goes through the queue, if that is due, once it is in it.
        async Task ComesAsync(ulong id)
        {
            var before = world.Loop.Snapshot;
            binder.Add(FakeCluster.Workload(id, 8));
            for (var now = before; now.PendingCount == before.PendingCount; now = world.Loop.Snapshot)
                await world.Loop.WaitForChangeAsync(now.Sequence, default).WaitAsync(TimeSpan.FromSeconds(20));
            await binder.WhileIdleAsync(() => Task.CompletedTask, default);
        }
    }

    /// <summary>Stands still but for what it is told, while its timers run a hundred times as fast.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private readonly HurriedTime _timers = new();
        private long _now = TimeSpan.TicksPerDay;

        public ManualClock() => Costly = new LoopTime(this);

        /// <summary>That of a loop each of whose decisions takes <see cref="PerDecision"/>.</summary>
        public TimeProvider Costly { get; }

        public TimeSpan PerDecision { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _timers.CreateTimer(callback, state, dueTime, period);

        public void Pass(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

        private sealed class LoopTime(ManualClock clock) : TimeProvider
        {
            public override DateTimeOffset GetUtcNow()
            {
                clock.Pass(clock.PerDecision);
                return DateTimeOffset.UnixEpoch.AddDays(20_000);
            }
        }
    }
}
