using Pipeline.Contracts.Client;
using Pipeline.Contracts.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Contracts.Tests.Client;

/// <summary>Calls that this side ends: by deadline or by its caller.</summary>
public class EndOfCallTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(7);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_server_is_left_at_the_deadline_and_hears_of_it(bool afterHeaders)
    {
        var time = new FakeTimeProvider();
        var due = time.GetUtcNow() + Deadline;
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(async http =>
        {
            var aborted = http.WhenAbortedAsync();
            if (afterHeaders)
            {
                http.Response.ContentType = "application/grpc";
                await http.Response.Body.WriteAsync(new byte[] { 0, 0 });
                await http.Response.Body.FlushAsync();
            }

            silent.SetResult();
            await aborted;
            heard.SetResult();
        });
        using var channel = server.Channel(time: time);
        var call = channel.CallAsync(TestServer.Ask, TestServer.Request, new GrpcCallOptions { Deadline = Deadline });
        await silent.Task;
        await time.WhenTimerIsSetFor(due);
        time.Advance(Deadline - TimeSpan.FromMilliseconds(1));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => call);
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, failure.Status);
        await heard.Task;
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_told_so_by_its_own_token()
    {
        using var caller = new CancellationTokenSource();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(async http =>
        {
            var aborted = http.WhenAbortedAsync();
            await caller.CancelAsync();
            await aborted;
            heard.SetResult();
        });
        using var channel = server.Channel();
        var given = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request, null, caller.Token));
        Assert.Equal(caller.Token, given.CancellationToken);
        await heard.Task;
    }

    [Fact]
    public async Task A_stream_that_is_put_down_is_cancelled_at_the_server()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(async http =>
        {
            var aborted = http.WhenAbortedAsync();
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Answers.Frame(TestServer.Serving));
            await http.Response.Body.FlushAsync();
            await aborted;
            heard.SetResult();
        });
        using var channel = server.Channel();
        await foreach (var _ in channel.StreamAsync(TestServer.Ask, TestServer.Request))
            break;
        await heard.Task;
    }
}
