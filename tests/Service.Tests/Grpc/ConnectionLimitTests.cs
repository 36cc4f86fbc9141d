using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>What the settings of a connection do.</summary>
public sealed class ConnectionLimitTests
{
    private const int RefusedStream = 7;

    private static readonly byte[] Nothing = GrpcWire.Frame(new Empty());

    [Fact]
    public async Task A_connection_too_many_is_closed_and_the_others_go_on()
    {
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { MaxConnections = 2 });
        await using var first = await RawConnection.OpenAsync(world.Port);
        await using var second = await RawConnection.OpenAsync(world.Port);
        // Answered, so accepted and counted.
        Assert.Equal("0", (await first.CallAsync(TestCalls.Empty, Nothing)).Status);
        Assert.Equal("0", (await second.CallAsync(TestCalls.Empty, Nothing)).Status);
        await using var third = await RawConnection.ConnectAsync(world.Port);
        await third.Closed;
        Assert.Equal("0", (await first.CallAsync(TestCalls.Empty, Nothing)).Status);
    }

    [Fact]
    public async Task A_call_too_many_on_a_connection_is_refused_and_may_be_made_again_when_another_has_ended()
    {
        var (going, all) = (new TaskCompletionSource<Empty>(TaskCreationOptions.RunContinuationsAsynchronously), new SemaphoreSlim(0));
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { MaxCallsPerConnection = 2 }, add: TestCalls.UnaryOf(_ =>
        {
            all.Release();
            return going.Task;
        }));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var calls = new[] { await wire.AskAsync(TestCalls.Empty, Nothing), await wire.AskAsync(TestCalls.Empty, Nothing) };
        foreach (var _ in calls)
            Assert.True(await all.WaitAsync(RawConnection.Bound));
        var refused = await (await wire.StartAsync(TestCalls.Empty)).EndAsync();
        Assert.Equal(RefusedStream, refused.ResetCode);
        going.SetResult(new Empty());
        foreach (var call in calls)
            Assert.Equal("0", (await call.EndAsync()).Status);
        Assert.Equal("0", (await wire.CallAsync(TestCalls.Empty, Nothing)).Status);
    }

    [Fact]
    public async Task A_silent_connection_is_pinged_and_closed_when_nobody_answers()
    {
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { PingSeconds = 1, PingTimeoutSeconds = 1 });
        await using var alive = await RawConnection.OpenAsync(world.Port);
        await using var gone = await RawConnection.OpenAsync(world.Port);
        gone.AnswersPings = false;
        Assert.True(await gone.Pings.WaitAsync(RawConnection.Bound));
        await gone.Closed;
        // Each ping that is answered gives it another second.
        for (var ping = 0; ping < 3; ping++)
            Assert.True(await alive.Pings.WaitAsync(RawConnection.Bound));
        Assert.Equal("0", (await alive.CallAsync(TestCalls.Empty, Nothing)).Status);
    }
}
