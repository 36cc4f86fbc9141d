using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;
using Pipeline.TestDoubles.Time;
using static Pipeline.Contracts.Grpc.Health.V1.HealthCheckResponse.Types;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class StopTests
{
    private const string Watch = "/grpc.health.v1.Health/Watch";

    // Between two looks at the calls that are going on.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private static readonly byte[] Nothing = GrpcWire.Frame(new Empty());

    [Fact]
    public async Task Watchers_hear_of_it_clients_are_sent_away_streams_end_and_calls_finish()
    {
        var (started, finish, time) = (new TaskCompletionSource(), new TaskCompletionSource<Empty>(), new FakeTimeProvider());
        // Far longer than the test waits.
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { DrainSeconds = 600 }, time, TestCalls.UnaryOf(_ =>
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
        await watch.WhenMessagesAsync(2);
        await time.WhenTimerIsSetFor(time.GetUtcNow() + Look).WaitAsync(RawConnection.Bound);
        time.Advance(Look);
        Assert.Equal("14", (await watch.EndAsync()).Status);
        Assert.Equal([ServingStatus.Serving, ServingStatus.NotServing], watch.Replies(HealthCheckResponse.Parser).Select(reply => reply.Status));
        Assert.False(stopping.IsCompleted);
        finish.SetResult(new Empty());
        Assert.Equal("0", (await unary).Status);
        await LookUntilAsync(stopping, time);
    }

    [Fact]
    public async Task An_answer_is_sent_to_its_end_however_slowly_it_is_read()
    {
        var time = new FakeTimeProvider();
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { DrainSeconds = 600 }, time);
        await using var wire = await RawConnection.OpenAsync(world.Port, window: 65_535);
        var call = await wire.AskAsync(TestCalls.Unary, GrpcWire.Frame(new SimpleRequest { ResponseSize = 200_000 }));
        await call.WhenBytesAsync(65_535);

        var stopping = world.Host.StopAsync();
        Assert.Equal(0, await wire.GoAway);
        for (var looks = 0; looks < 2; looks++)
        {
            await time.WhenTimerIsSetFor(time.GetUtcNow() + Look).WaitAsync(RawConnection.Bound);
            time.Advance(Look);
        }

        await time.WhenTimerIsSetFor(time.GetUtcNow() + Look).WaitAsync(RawConnection.Bound);
        await wire.GrantAsync(call, 200_000);
        Assert.Equal(200_000, Assert.Single((await call.EndAsync()).Replies(SimpleResponse.Parser)).Payload.Body.Length);
        Assert.Equal("0", call.Status);
        await LookUntilAsync(stopping, time);
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

    /// <summary>A call whose end has been read is counted for a moment longer, so that one look may not be the last.</summary>
    private static async Task LookUntilAsync(Task stopped, FakeTimeProvider time)
    {
        while (!stopped.IsCompleted)
        {
            await Task.WhenAny(stopped, time.WhenTimerIsSetFor(time.GetUtcNow() + Look)).WaitAsync(RawConnection.Bound);
            time.Advance(Look);
        }
        await stopped;
    }
}
