using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Contracts.Tests.Support;

namespace Pipeline.Contracts.Tests.Client;

/// <summary>One request, one reply, with a server that behaves.</summary>
public class UnaryCallTests
{
    [Fact]
    public async Task A_request_is_sent_as_the_protocol_wants()
    {
        var seen = new Dictionary<string, string>();
        byte[] body = [];
        await using var server = await TestServer.StartAsync(async http =>
        {
            foreach (var (name, values) in http.Request.Headers)
                seen[name.ToLowerInvariant()] = values.ToString();
            seen["path"] = $"{http.Request.Method} {http.Request.Path} {http.Request.Protocol}";
            var copy = new MemoryStream();
            await http.Request.Body.CopyToAsync(copy);
            body = copy.ToArray();
            await http.ReplyAsync(Answers.Frame(TestServer.Serving));
        });
        using var channel = server.Channel();
        var metadata = new GrpcMetadata();
        metadata.Add("x-caller", "test");
        metadata.Add("x-trace-bin", [0xAB, 0xAB, 0xAB, 0xAB]);
        var options = new GrpcCallOptions { Deadline = TimeSpan.FromHours(1), Metadata = metadata };
        Assert.Equal(TestServer.Serving, await channel.CallAsync(TestServer.Ask, TestServer.Request, options));

        Assert.Equal("POST /test.Test/Ask HTTP/2", seen["path"]);
        Assert.Equal("trailers", seen["te"]);
        Assert.Equal("application/grpc", seen["content-type"]);
        Assert.Equal("identity,gzip", seen["grpc-accept-encoding"]);
        Assert.Equal(("test", "q6urqw"), (seen["x-caller"], seen["x-trace-bin"]));
        Assert.Matches("^3(5[0-9]{5}|600000)m$|^3600S$|^[0-9]{8}u$", seen["grpc-timeout"]);
        Assert.Equal(Answers.Frame(TestServer.Request), body);
    }

    [Fact]
    public async Task A_reply_may_come_in_any_pieces()
    {
        await using var server = await TestServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc+proto; charset=utf-8";
            foreach (var octet in Answers.Frame(TestServer.Serving))
            {
                await http.Response.Body.WriteAsync(new[] { octet });
                await http.Response.Body.FlushAsync();
            }

            http.Response.AppendTrailer("grpc-status", "0");
        });
        using var channel = server.Channel();
        Assert.Equal(TestServer.Serving, await channel.CallAsync(TestServer.Ask, TestServer.Request));
    }

    [Fact]
    public async Task An_empty_message_is_a_reply()
    {
        await using var server = await TestServer.StartAsync(http => http.ReplyAsync(Answers.Frame(new HealthCheckResponse())));
        using var channel = server.Channel();
        Assert.Equal(new HealthCheckResponse(), await channel.CallAsync(TestServer.Ask, TestServer.Request));
    }

    [Fact]
    public async Task A_status_in_the_only_header_block_ends_the_call_with_its_message_decoded_and_its_metadata()
    {
        await using var server = await TestServer.StartAsync(http =>
        {
            http.Response.Headers["x-cause-bin"] = "q6ur,q6s";
            return http.RefuseAsync(GrpcStatusCode.FailedPrecondition, "%09tab, %E2%98%BA and 100%25, %zz");
        });
        using var channel = server.Channel();
        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal((GrpcStatusCode.FailedPrecondition, "\ttab, ☺ and 100%, %zz"), (failure.Status, failure.Detail));
        Assert.Equal([[0xAB, 0xAB, 0xAB], [0xAB, 0xAB]], failure.Trailers.FindBinary("x-cause-bin"));
    }

    [Fact]
    public async Task A_status_behind_the_message_ends_the_call_too()
    {
        await using var server = await TestServer.StartAsync(http => http.ReplyAsync(Answers.Frame(TestServer.Serving), status: "15", message: "lost"));
        using var channel = server.Channel();
        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal((GrpcStatusCode.DataLoss, "lost"), (failure.Status, failure.Detail));
    }

    [Fact]
    public async Task More_calls_run_at_once_than_one_connection_takes()
    {
        // Kestrel takes a hundred on a connection; none of these is answered before all of them are there.
        const int Calls = 150;
        var arrived = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var connections = new HashSet<string>();
        await using var server = await TestServer.StartAsync(async http =>
        {
            lock (connections)
                connections.Add(http.Connection.Id);
            if (Interlocked.Increment(ref arrived) == Calls)
                all.SetResult();
            await all.Task;
            await http.ReplyAsync(Answers.Frame(TestServer.Serving));
        });
        using var channel = server.Channel();
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => channel.CallAsync(TestServer.Ask, TestServer.Request)));
        Assert.InRange(connections.Count, 2, Calls / 10);
    }
}
