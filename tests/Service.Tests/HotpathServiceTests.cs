using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Journal;

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
        int nodes, bound;
        await using (var service = await StartAsync(disk, cluster))
        {
            nodes = (await service.Cluster.ListNodesAsync(new ListNodesRequest())).Nodes.Count;
            bound = (await service.Cluster.ListWorkloadsAsync(new ListWorkloadsRequest { Limit = 10_000 })).Workloads.Count(workload => workload.Bound);
            await service.CheckpointAsync();
        }

        await using var next = await StartAsync(disk, cluster);
        Assert.Equal(8, nodes);
        Assert.True(bound > 0);
        var listing = await cluster.ListAsync(default);
        var known = (await next.Cluster.ListWorkloadsAsync(new ListWorkloadsRequest { Limit = 10_000 })).Workloads.Where(workload => workload.Bound);
        Assert.Subset(known.Select(workload => workload.Id).ToHashSet(), listing.Workloads.Where(workload => workload.Node.Length > 0).Select(workload => $"{workload.Id}").ToHashSet());
    }

    private static Task<HotpathService> StartAsync(Disk disk, Contracts.Cluster.ICluster cluster) => HotpathService.StartAsync(
        new HotpathOptions { DataDirectory = disk.Path }, cluster, new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default);
}
