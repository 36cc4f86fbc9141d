using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Wakeups;
using Pipeline.Journal;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Tests;

public sealed class HotpathServiceTests
{
    [Fact]
    public async Task A_start_that_fails_gives_the_directory_back()
    {
        using var disk = new Disk();
        var cluster = new FakeCluster { BeforeListing = () => throw new IOException("no cluster") };
        await Assert.ThrowsAsync<IOException>(() => StartAsync(disk, cluster));
        cluster.BeforeListing = null;

        await using var service = await StartAsync(disk, cluster);
        Assert.Null(service.NotReadyReason);
    }

    [Fact]
    public async Task A_recovery_that_fails_gives_the_directory_back()
    {
        using var disk = new Disk();
        await using (var durable = DurableState.Open(new DurableStateOptions { Directory = disk.Path }))
        {
            durable.Log.Append([0xEE, 1, 2, 3]);
            durable.Log.RequestCommit();
            await durable.Log.WaitForCommitAsync(1);
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => StartAsync(disk, new FakeCluster()));
        await DurableState.Open(new DurableStateOptions { Directory = disk.Path }).DisposeAsync();
    }

    [Fact]
    public async Task Bad_options_are_named_before_anything_is_opened()
    {
        using var disk = new Disk();
        var options = new HotpathOptions { DataDirectory = disk.Path };
        options.Loop.MaxBatch = 0;
        var exception = await Assert.ThrowsAsync<ValidationException>(() => HotpathService.StartAsync(
            options, new FakeCluster(), new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default));

        Assert.Contains("MaxBatch", exception.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public async Task Stopping_while_the_cluster_cannot_be_listed_closes_everything()
    {
        using var disk = new Disk();
        var cluster = new FakeCluster();
        var service = await StartAsync(disk, cluster);
        await cluster.WhenAsync("watch");
        var never = new TaskCompletionSource();
        cluster.BeforeListing = () => never.Task;
        cluster.Emit(new Contracts.Cluster.ClusterEvent.Resync());
        await cluster.WhenAsync("list", 2);
        var stopped = service.DisposeAsync().AsTask();
        never.SetCanceled();
        await stopped;

        await DurableState.Open(new DurableStateOptions { Directory = disk.Path }).DisposeAsync();
    }

    [Fact]
    public async Task The_simulated_cluster_is_followed_and_comes_back_the_same_after_a_restart()
    {
        using var disk = new Disk();
        using var cluster = new SimulatedCluster(new SimulatedClusterOptions { Nodes = 8 }, TimeProvider.System, NullLogger.Instance);
        await using (var service = await StartAsync(disk, cluster))
        {
            Assert.Equal(8, (await service.Cluster.ListNodesAsync(new ListNodesRequest())).Nodes.Count);
            await UntilBoundAsync(service, cluster);
            await service.CheckpointAsync();
        }

        await using var next = await StartAsync(disk, cluster);
        await UntilBoundAsync(next, cluster);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wake_up_that_was_lost_with_the_process_is_repeated_as_soon_as_somebody_takes_it(bool inAnotherProcess)
    {
        using var disk = new Disk();
        var cluster = new FakeCluster().WithNodes(Commands.NodeName(1), Commands.NodeName(2));
        string run;
        await using (var service = await StartAsync(disk, cluster))
        {
            await service.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
            await service.Loop.SubmitAsync(Commands.Alert());
            run = service.Loop.Run().Id;
        }

        var board = new WakeupBoard();
        var wakeups = new HeardWakeups();
        await using var next = await StartAsync(disk, cluster, inAnotherProcess ? board : wakeups);
        using var stop = new CancellationTokenSource();
        if (inAnotherProcess)
            _ = board.FollowAsync(wakeups.Take, stop.Token);

        var step = await wakeups.First.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal((run, 1), (step.Run, step.Attempt));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task A_part_that_breaks_ends_the_process_and_readiness_says_which()
    {
        using var disk = new Disk();
        var broken = new BrokenDeclarations();
        await using var service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = disk.Path }, new FakeCluster(), new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default, declarations: broken);
        Assert.Null(service.NotReadyReason);
        Assert.False(service.Crashed.IsCompleted);

        broken.Running.SetException(new InvalidOperationException("a defect"));
        await service.Crashed.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("the part that follows declarations has stopped", service.NotReadyReason);
    }

    /// <summary>Until the cluster has bound something, and the model has exactly that as bound.</summary>
    private static async Task UntilBoundAsync(HotpathService service, SimulatedCluster cluster)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var sequence = service.Loop.Snapshot.Sequence;
            var inModel = service.Loop.Snapshot.Workloads().Where(workload => !workload.Assumed).Select(workload => workload.Id).ToHashSet();
            var inCluster = (await cluster.ListAsync(patience.Token)).Workloads.Where(workload => workload.Node.Length > 0).Select(workload => workload.Id);
            if (inModel.Count > 0 && inModel.SetEquals(inCluster))
                return;
            await service.Cluster.WaitForChangeAsync(sequence, patience.Token);
        }
    }

    private static Task<HotpathService> StartAsync(Disk disk, Contracts.Cluster.ICluster cluster, IWakeups? wakeups = null) => HotpathService.StartAsync(
        new HotpathOptions { DataDirectory = disk.Path }, cluster, wakeups ?? new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default);

    private sealed class HeardWakeups : IWakeups
    {
        private readonly TaskCompletionSource<StepMessage> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<StepMessage> First => _first.Task;

        public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation)
        {
            _first.TrySetResult(message);
            return Task.CompletedTask;
        }

        public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;

        public ValueTask Take(Contracts.V1.Wakeup wakeup)
        {
            if (wakeup.Step is { } step)
                _first.TrySetResult(step);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Runs until a test breaks it.</summary>
    private sealed class BrokenDeclarations : IDeclarations
    {
        public TaskCompletionSource Running { get; } = new();

        public Task SyncedAsync(CancellationToken cancellation) => Task.CompletedTask;

        public SchedulingPolicy Over(SchedulingPolicy underneath, SchedulingPolicy inForce) => underneath;

        public void Settle(string? refusal)
        {
        }

        public Task RunAsync(ISchedulerApi scheduler, Func<ClusterSnapshot> snapshot, Func<CancellationToken, Task> setPolicy, CancellationToken cancellation)
            => Running.Task;
    }
}
