using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;
using static Pipeline.Contracts.Grpc.Health.V1.HealthCheckResponse.Types;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class StopTests
{
    private const string Watch = "/grpc.health.v1.Health/Watch";

    private static readonly byte[] Nothing = GrpcWire.Frame(new Empty());

    [Fact]
    public async Task Watchers_hear_of_it_clients_are_sent_away_streams_end_and_calls_finish()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource<Empty>());
        // Far longer than the test waits.
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { DrainSeconds = 600 }, add: TestCalls.UnaryOf(_ =>
        {
            started.SetResult();
            return finish.Task;
        }));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var watch = await wire.AskAsync(Watch, Nothing);
        await watch.WhenMessagesAsync(1);
        var unary = wire.CallAsync(TestCalls.Empty, Nothing);
        await started.Task.WaitAsync(RawConnection.Bound);

        var stopping = world.Host.StopAsync();
        Assert.Equal(0, await wire.GoAway);
        Assert.Equal("14", (await watch.EndAsync()).Status);
        Assert.Equal([ServingStatus.Serving, ServingStatus.NotServing], watch.Replies(HealthCheckResponse.Parser).Select(reply => reply.Status));
        Assert.False(stopping.IsCompleted);
        finish.SetResult(new Empty());
        Assert.Equal("0", (await unary).Status);
        await stopping.WaitAsync(RawConnection.Bound);
    }

    [Fact]
    public async Task A_handler_that_does_not_end_holds_the_stop_up_no_longer_than_allowed()
    {
        var (started, never) = (new TaskCompletionSource(), new TaskCompletionSource<Empty>());
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { DrainSeconds = 1 }, add: TestCalls.UnaryOf(_ =>
        {
            started.SetResult();
            return never.Task;
        }));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        await wire.AskAsync(TestCalls.Empty, Nothing);
        await started.Task.WaitAsync(RawConnection.Bound);
        await world.Host.StopAsync().WaitAsync(RawConnection.Bound);
        await wire.Closed;
        never.SetResult(new Empty());
    }
}
