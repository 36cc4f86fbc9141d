using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Tests.Support;

namespace Pipeline.Contracts.Tests.Client;

/// <summary>Which calls are tried again, and how often.</summary>
public class RetryTests
{
    private static readonly GrpcRetryOptions Twice = new() { Retries = 2, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task A_safe_call_is_tried_until_the_server_is_back()
        => Assert.Equal((3, null), await CallAsync(safe: true, (http, call) => call < 3 ? http.RefuseAsync(GrpcStatusCode.Unavailable) : http.ReplyAsync(Answers.Frame(TestServer.Serving))));

    [Fact]
    public async Task It_is_not_tried_for_ever()
        => Assert.Equal((3, GrpcStatusCode.Unavailable), await CallAsync(safe: true, (http, _) => http.RefuseAsync(GrpcStatusCode.Unavailable)));

    [Fact]
    public async Task A_call_that_is_not_safe_to_repeat_is_tried_once()
        => Assert.Equal((1, GrpcStatusCode.Unavailable), await CallAsync(safe: false, (http, _) => http.RefuseAsync(GrpcStatusCode.Unavailable)));

    [Theory]
    [InlineData(GrpcStatusCode.InvalidArgument)]
    [InlineData(GrpcStatusCode.ResourceExhausted)]
    [InlineData(GrpcStatusCode.Internal)]
    public async Task Another_status_would_be_the_same_again(GrpcStatusCode status)
        => Assert.Equal((1, status), await CallAsync(safe: true, (http, _) => http.RefuseAsync(status)));

    [Fact]
    public async Task A_call_that_the_transport_broke_off_is_tried_again()
        => Assert.Equal((2, null), await CallAsync(safe: true, (http, call) =>
        {
            if (call > 1)
                return http.ReplyAsync(Answers.Frame(TestServer.Serving));
            http.Reset(0x2);
            return Task.CompletedTask;
        }));

    [Theory]
    [InlineData("20", 2)]
    [InlineData("51", 1)]
    [InlineData("-1", 1)]
    [InlineData("soon", 1)]
    public async Task A_server_that_names_a_time_is_obeyed_or_left_alone(string pushback, int calls)
    {
        var (made, _) = await CallAsync(safe: true, (http, call) =>
        {
            http.Response.Headers["grpc-retry-pushback-ms"] = pushback;
            return call == 1 ? http.RefuseAsync(GrpcStatusCode.Unavailable) : http.ReplyAsync(Answers.Frame(TestServer.Serving));
        });
        Assert.Equal(calls, made);
    }

    [Fact]
    public async Task A_channel_outlives_its_server()
    {
        var first = await TestServer.StartAsync(http => http.ReplyAsync(Answers.Frame(TestServer.Serving)));
        using var channel = first.Channel();
        await channel.CallAsync(TestServer.Ask, TestServer.Request);
        var port = first.Address.Port;
        await first.DisposeAsync();
        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal((GrpcStatusCode.Unavailable, true), (failure.Status, failure.IsBrokenOff));

        await using var second = await TestServer.StartAsync(http => http.ReplyAsync(Answers.Frame(TestServer.Serving)), port);
        Assert.Equal(TestServer.Serving, await channel.CallAsync(TestServer.Ask, TestServer.Request));
    }

    private static async Task<(int Calls, GrpcStatusCode? Status)> CallAsync(bool safe, Func<HttpContext, int, Task> serve)
    {
        var calls = 0;
        await using var server = await TestServer.StartAsync(http => serve(http, Interlocked.Increment(ref calls)));
        using var channel = server.Channel(options => options with { Retry = Twice });
        try
        {
            await channel.CallAsync(safe ? TestServer.Ask : TestServer.AskOnce, TestServer.Request);
            return (calls, null);
        }
        catch (GrpcCallException exception)
        {
            return (calls, exception.Status);
        }
    }
}
