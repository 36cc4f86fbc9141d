using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Contracts.Tests.Support;

namespace Pipeline.Contracts.Tests.Client;

/// <summary>One request, many replies.</summary>
public class StreamTests
{
    [Fact]
    public async Task Each_message_is_there_before_the_next_is_sent()
    {
        var taken = new SemaphoreSlim(0);
        await using var server = await TestServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.FlushAsync();
            await taken.WaitAsync();
            for (var i = 1; i <= 3; i++)
            {
                await http.Response.Body.WriteAsync(Answers.Frame(new HealthCheckResponse { Status = (HealthCheckResponse.Types.ServingStatus)i }));
                await http.Response.Body.FlushAsync();
                await taken.WaitAsync();
            }

            http.Response.AppendTrailer("grpc-status", "0");
            http.Response.AppendTrailer("x-count", "3");
        });
        using var channel = server.Channel();
        using var call = await channel.StartAsync(TestServer.Ask, TestServer.Request);
        taken.Release();
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(i, (int)(await call.ReadAsync())!.Status);
            taken.Release();
        }

        Assert.Null(await call.ReadAsync());
        Assert.Equal("3", call.Trailers.Find("x-count"));
    }

    [Fact]
    public async Task What_came_before_a_break_is_given_and_then_the_break()
    {
        await using var server = await TestServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Answers.Frame(TestServer.Serving));
            await http.Response.Body.FlushAsync();
            http.Reset(0x2);
        });
        using var channel = server.Channel();
        var replies = 0;
        var failure = await Assert.ThrowsAsync<GrpcCallException>(async () =>
        {
            await foreach (var _ in channel.StreamAsync(TestServer.Ask, TestServer.Request))
                replies++;
        });
        Assert.Equal((GrpcStatusCode.Internal, true), (failure.Status, failure.IsBrokenOff));
        // The reset may overtake the message, as the protocol allows; it must not double it.
        Assert.InRange(replies, 0, 1);
    }

    [Fact]
    public async Task A_refused_stream_says_so_at_its_start_and_is_not_tried_again()
    {
        var calls = 0;
        await using var server = await TestServer.StartAsync(http =>
        {
            calls++;
            return http.RefuseAsync(GrpcStatusCode.Unavailable, "full");
        });
        using var channel = server.Channel(options => options with { Retry = new GrpcRetryOptions { FirstDelay = TimeSpan.FromMilliseconds(1) } });
        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => channel.StartAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal(("full", 1), (failure.Detail, calls));
    }
}
