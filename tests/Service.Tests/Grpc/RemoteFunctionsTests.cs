using Pipeline.Contracts;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Cluster.Simulated;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Wakeups;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>What functions in another process ask for, through the real client and the real server.</summary>
public sealed class RemoteFunctionsTests
{
    [Fact]
    public async Task Actions_health_workloads_and_faults_are_those_of_the_cluster()
    {
        using var bench = new Bench();
        await using var server = await GrpcWorld.StartAsync(add: grpc =>
        {
            grpc.AddNodes(bench.Cluster, bench.Cluster);
            grpc.AddSimulation(bench.Cluster);
        });
        using var channel = Channel(server.Host.Address);
        var (nodes, simulation) = (new RemoteNodes(channel), new RemoteSimulation(channel));

        var description = await simulation.DescribeAsync(default);
        Assert.Equal((await bench.Cluster.DescribeAsync(default)).Kinds, description.Kinds);
        var broken = await simulation.BreakAsync(new SimulatedFault("gpu-0001", "xid79", 3), default);
        Assert.Equal((null, "gpu-0001", "3"), (broken.Error, broken.Labels["node"], broken.Labels["gpu"]));
        Assert.StartsWith("node:", (await simulation.BreakAsync(new SimulatedFault("none", "xid79", 3), default)).Error, StringComparison.Ordinal);
        var report = await nodes.CheckHealthAsync("gpu-0001", default);
        Assert.Equal((await bench.Cluster.CheckHealthAsync("gpu-0001", default)).Problems, report.Problems);
        Assert.False(report.Healthy);

        Assert.Equal(ActionState.Unknown, (await nodes.GetAsync("r-1/1", default)).State);
        Assert.Equal(ActionState.Running, (await nodes.StartAsync(new NodeAction("r-1/1", "gpu-0001", NodeActionKind.Reboot, 0), default)).State);
        var listed = Assert.Single(await simulation.ListActionsAsync("gpu-0001", default));
        Assert.Equal(("r-1/1", NodeActionKind.Reboot), (listed.Key, listed.Kind));

        var workloads = await nodes.ListWorkloadsAsync("gpu-0002", default);
        Assert.Equal(await bench.Cluster.ListWorkloadsAsync("gpu-0002", default), workloads);
        Assert.Equal(EvictionOutcome.Gone, await nodes.EvictAsync(ulong.MaxValue, default));
        await Assert.ThrowsAsync<InvalidRequestException>(() => nodes.StartAsync(new NodeAction("", "gpu-0001", NodeActionKind.Reboot, 0), default));
    }

    [Fact]
    public async Task Wakeups_arrive_and_the_end_of_the_stream_is_told()
    {
        var board = new WakeupBoard();
        var server = await GrpcWorld.StartAsync(add: grpc => grpc.AddWakeups(board));
        using var channel = Channel(server.Host.Address);
        var (joined, taken, told) = (new TaskCompletionSource(), new TaskCompletionSource<(StepMessage, TimeSpan)>(), new TaskCompletionSource<(string, TimeSpan)>());
        var following = new RemoteWakeups(channel).FollowAsync(new Taker(taken, told), joined.SetResult, default);
        await joined.Task;
        var message = new StepMessage { Run = "r-1", Step = StepKind.Reboot, Attempt = 2 };
        await board.EnqueueStepAsync(message, TimeSpan.FromMilliseconds(1_500), default);
        Assert.Equal((message, TimeSpan.FromMilliseconds(1_500)), await taken.Task);
        await board.TellAsync("r-2", TimeSpan.FromMilliseconds(700), default);
        Assert.Equal(("r-2", TimeSpan.FromMilliseconds(700)), await told.Task);
        await server.DisposeAsync();
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => following);
    }

    [Fact]
    public async Task Alerts_are_refused_until_there_is_a_policy_and_a_change_ends_the_wait()
    {
        await using var world = await ServiceWorld.StartAsync();
        using var channel = Channel(world.Grpc.BaseAddress!);
        var (repair, cluster) = (new RemoteRepairApi(channel), new RemoteClusterApi(channel));
        var alert = new Alert { Fingerprint = "f", StartsAt = 1_000, Status = AlertStatus.Firing, Kind = AlertKind.Fault, AlertName = "GpuXid", Node = "gpu-0001", Xid = Commands.BrokenXid };
        var request = new ReportAlertsRequest { Source = "grafana", Alerts = { alert } };
        var refused = await Assert.ThrowsAsync<HotpathUnavailableException>(() => repair.ReportAlertsAsync(request));
        Assert.Contains("policy", refused.Message, StringComparison.Ordinal);

        var before = (await cluster.ListNodesAsync(new ListNodesRequest { Limit = 1 })).Sequence;
        var waiting = cluster.WaitForChangeAsync(before);
        await world.Service.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        Assert.True(await waiting > before);
        Assert.Equal(AlertOutcome.Accepted, Assert.Single((await repair.ReportAlertsAsync(request)).Outcomes));
    }

    private static GrpcChannel Channel(Uri address)
        => new(new GrpcChannelOptions { Address = address, Deadline = TimeSpan.FromMinutes(1), Retry = new GrpcRetryOptions { Retries = 0 } }, TimeProvider.System);

    private sealed class Taker(TaskCompletionSource<(StepMessage, TimeSpan)> taken, TaskCompletionSource<(string, TimeSpan)> told) : IWakeups
    {
        public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation)
        {
            taken.SetResult((message, delay));
            return Task.CompletedTask;
        }

        public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation)
        {
            told.SetResult((run, delay));
            return Task.CompletedTask;
        }
    }
}
