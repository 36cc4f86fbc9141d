using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>Deadlines, callers that go away, and handlers that outlive their calls.</summary>
public sealed class CallLifeTests
{
    private static readonly byte[] Nothing = GrpcWire.Frame(new Empty());

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _interrupted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_deadline_interrupts_the_handler_and_ends_the_call()
    {
        await using var world = await GrpcWorld.StartAsync(time: _time, add: TestCalls.UnaryOf(UntilInterruptedAsync));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var calling = wire.CallAsync(TestCalls.Empty, Nothing, ("grpc-timeout", "5S"));
        await _started.Task.WaitAsync(RawConnection.Bound);
        _time.Advance(TimeSpan.FromSeconds(5));
        var call = await calling;
        Assert.Equal(("4", 1), (call.Status, call.HeaderBlocks));
        await _interrupted.Task.WaitAsync(RawConnection.Bound);
    }

    [Fact]
    public async Task A_handler_that_ignores_the_deadline_neither_delays_the_end_nor_writes_behind_it()
    {
        var late = new TaskCompletionSource<Empty>();
        await using var world = await GrpcWorld.StartAsync(time: _time, add: TestCalls.UnaryOf(_ => late.Task));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var calling = wire.CallAsync(TestCalls.Empty, Nothing, ("grpc-timeout", "100m"));
        await _time.WhenTimerIsSetFor(_time.GetUtcNow() + TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        var call = await calling;
        late.SetResult(new Empty());
        Assert.Equal("0", (await wire.CallAsync(TestCalls.Empty, Nothing)).Status);
        Assert.Equal(("4", 0, 1), (call.Status, call.Body.Length, call.HeaderBlocks));
    }

    [Fact]
    public async Task A_deadline_ends_a_stream_behind_what_was_sent()
    {
        await using var world = await GrpcWorld.StartAsync(time: _time, add: TestCalls.OutputOf(async (replies, call) =>
        {
            await replies.WriteAsync(TestCalls.Reply(3));
            await TestCalls.ForeverAsync(call.Cancellation);
        }));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var call = await wire.AskAsync(TestCalls.Output, GrpcWire.Frame(new StreamingOutputCallRequest()), ("grpc-timeout", "1H"));
        await call.WhenMessagesAsync(1);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(("4", 1, 2), ((await call.EndAsync()).Status, call.Messages.Count, call.HeaderBlocks));
    }

    [Theory]
    [InlineData("0S", "4")]
    [InlineData("1n", "4")]
    [InlineData("", "0")]
    [InlineData("5", "0")]
    [InlineData("S", "0")]
    [InlineData("-5S", "0")]
    [InlineData("5x", "0")]
    [InlineData("123456789S", "0")]
    [InlineData("99999999H", "0")]
    public async Task A_deadline_that_has_passed_ends_the_call_and_a_malformed_one_is_none(string timeout, string status)
    {
        await using var world = await GrpcWorld.StartAsync(time: _time);
        await using var wire = await RawConnection.OpenAsync(world.Port);
        Assert.Equal(status, (await wire.CallAsync(TestCalls.Empty, Nothing, ("grpc-timeout", timeout))).Status);
    }

    [Fact]
    public async Task A_caller_that_goes_away_interrupts_the_handler()
    {
        await using var world = await GrpcWorld.StartAsync(add: TestCalls.UnaryOf(UntilInterruptedAsync));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var call = await wire.AskAsync(TestCalls.Empty, Nothing);
        await _started.Task.WaitAsync(RawConnection.Bound);
        await wire.ResetAsync(call);
        await _interrupted.Task.WaitAsync(RawConnection.Bound);
    }

    [Fact]
    public async Task A_stream_whose_client_does_not_read_holds_its_handler_back_and_still_ends_at_its_deadline()
    {
        var written = 0;
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { StreamQueue = 4 }, add: TestCalls.OutputOf(async (replies, call) =>
        {
            for (; ; written++)
                await replies.WriteAsync(TestCalls.Reply(10_000));
        }));
        await using var wire = await RawConnection.OpenAsync(world.Port, window: 1);
        var call = await wire.CallAsync(TestCalls.Output, GrpcWire.Frame(new StreamingOutputCallRequest()), ("grpc-timeout", "500m"));
        Assert.Equal(8, call.ResetCode);
        // The queue, the buffer of the connection, and what was in hand.
        Assert.InRange(written, 1, 30);
        Assert.Equal("0", (await (await RawConnection.OpenAsync(world.Port)).CallAsync("/grpc.health.v1.Health/Check", Nothing)).Status);
    }

    [Fact]
    public async Task Messages_of_many_threads_arrive_whole()
    {
        const int threads = 8;
        const int each = 50;
        await using var world = await GrpcWorld.StartAsync(add: TestCalls.OutputOf((replies, _) => Task.WhenAll(Enumerable.Range(1, threads).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
                await replies.WriteAsync(TestCalls.Reply(thread * 100));
        })))));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var call = await wire.CallAsync(TestCalls.Output, GrpcWire.Frame(new StreamingOutputCallRequest()));
        var sizes = call.Replies(StreamingOutputCallResponse.Parser).GroupBy(reply => reply.Payload.Body.Length).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal("0", call.Status);
        Assert.Equal(Enumerable.Range(1, threads).ToDictionary(thread => thread * 100, _ => each), sizes);
    }

    [Fact]
    public async Task A_handler_that_has_enough_ends_the_call_while_the_client_still_sends()
    {
        await using var world = await GrpcWorld.StartAsync(add: grpc => grpc.AddTestService().Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>(
            "FullDuplexCall", StreamingOutputCallRequest.Parser, async (requests, replies, _) =>
            {
                await requests.ReadAsync();
                await replies.WriteAsync(TestCalls.Reply(1));
            }));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var call = await wire.StartAsync(TestCalls.Duplex);
        await wire.SendAsync(call, GrpcWire.Frame(new StreamingOutputCallRequest()));
        Assert.Equal(("0", 1), ((await call.EndAsync()).Status, call.Messages.Count));
        // Later DATA meet a stream that is closed, which harms nobody.
        await wire.SendAsync(call, GrpcWire.Frame(new StreamingOutputCallRequest()));
        Assert.Equal("0", (await wire.CallAsync("/grpc.health.v1.Health/Check", Nothing)).Status);
    }

    private async Task<Empty> UntilInterruptedAsync(CancellationToken cancellation)
    {
        cancellation.Register(_interrupted.SetResult);
        _started.SetResult();
        await TestCalls.ForeverAsync(cancellation);
        return new Empty();
    }
}
