using System.Threading.Channels;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Watching;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class ClusterWatchesTests
{
    private static readonly TimeSpan TestTimeout = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Places_are_told_while_the_journal_cannot_commit()
    {
        await using var world = await FailedAsync();
        using var watches = new ClusterWatches(world.Loop, world.Time);
        await using var watch = Watch.Start(watches, world);
        Assert.True((await watch.NextAsync()).Resync);

        await world.Loop.ExecuteAsync(Commands.Place(1));

        Assert.Contains(1000, Assert.Single((await watch.NextAsync()).Nodes).GpuUsed);
    }

    [Fact]
    public async Task A_watcher_does_not_go_on_from_a_number_that_several_states_had()
    {
        await using var world = await FailedAsync();
        using var watches = new ClusterWatches(world.Loop, world.Time);
        long known;
        await using (var first = Watch.Start(watches, world))
        {
            await first.NextAsync();
            await world.Loop.ExecuteAsync(Commands.Place(1));
            known = (await first.NextAsync()).Sequence;
        }

        // All is as it was at the beginning, but not as that watcher knows it.
        await world.Loop.ExecuteAsync(new ReleaseCommand { Workload = 1 });

        await using var second = Watch.Start(watches, world, known);
        var reply = await second.NextAsync();
        Assert.True(reply.Resync);
        Assert.All(reply.Nodes, node => Assert.DoesNotContain(1000, node.GpuUsed));
    }

    private static async Task<LoopWorld> FailedAsync()
    {
        var world = await LoopWorld.IdleAsync(nodes: 2);
        world.Log.FailNextCommit();
        await Assert.ThrowsAsync<Contracts.HotpathUnavailableException>(async () => await world.Loop.ExecuteAsync(Commands.Alert(2)));
        Assert.NotNull(world.Loop.NotReadyReason);
        return world;
    }

    /// <summary>A watcher whose clock goes on until it is told something.</summary>
    private sealed class Watch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Channel<WatchReply> _replies = Channel.CreateUnbounded<WatchReply>();
        private LoopWorld _world = null!;
        private Task _watching = Task.CompletedTask;

        public static Watch Start(ClusterWatches watches, LoopWorld world, long after = 0)
        {
            var watch = new Watch { _world = world };
            watch._watching = watches.WatchAsync(new WatchRequest { AfterSequence = after }, reply => watch._replies.Writer.WriteAsync(reply), 10, watch._stop.Token);
            return watch;
        }

        public async Task<WatchReply> NextAsync()
        {
            using var enough = new CancellationTokenSource(TestTimeout);
            var next = _replies.Reader.ReadAsync(enough.Token).AsTask();
            while (!next.IsCompleted)
            {
                _world.Time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            return await next;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _watching);
            _stop.Dispose();
        }
    }
}
