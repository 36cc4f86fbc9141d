using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Contracts.Tests.Support;

namespace Pipeline.Contracts.Tests.Client;

/// <summary>Servers, proxies and strangers that break the protocol.</summary>
public class HostileServerTests
{
    private const int Limit = 64 * 1024;

    [Theory]
    [InlineData(400, GrpcStatusCode.Internal)]
    [InlineData(401, GrpcStatusCode.Unauthenticated)]
    [InlineData(403, GrpcStatusCode.PermissionDenied)]
    [InlineData(404, GrpcStatusCode.Unimplemented)]
    [InlineData(418, GrpcStatusCode.Unknown)]
    [InlineData(429, GrpcStatusCode.Unavailable)]
    [InlineData(502, GrpcStatusCode.Unavailable)]
    [InlineData(503, GrpcStatusCode.Unavailable)]
    [InlineData(504, GrpcStatusCode.Unavailable)]
    public Task An_HTTP_error_without_a_status_is_mapped(int http, GrpcStatusCode expected)
        => EndsAsync(expected, context =>
        {
            context.Response.StatusCode = http;
            return context.Response.WriteAsync("<html>");
        });

    [Fact]
    public Task A_status_counts_more_than_the_HTTP_error_around_it()
        => EndsAsync(GrpcStatusCode.NotFound, http =>
        {
            http.Response.StatusCode = 503;
            return http.RefuseAsync(GrpcStatusCode.NotFound);
        });

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/grpcx")]
    [InlineData(null)]
    public Task Another_content_type_is_unknown(string? type)
        => EndsAsync(GrpcStatusCode.Unknown, http =>
        {
            http.Response.ContentType = type;
            return http.Response.Body.WriteAsync(Answers.Frame(TestServer.Serving)).AsTask();
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("17")]
    [InlineData("four")]
    public Task A_status_that_is_missing_or_none_is_unknown(string? status)
        => EndsAsync(GrpcStatusCode.Unknown, http => http.ReplyAsync(Answers.Frame(TestServer.Serving), status));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public Task A_message_that_is_cut_is_internal(int length)
        => EndsAsync(GrpcStatusCode.Internal, http => http.ReplyAsync(Answers.Frame(TestServer.Serving)[..length]));

    [Fact]
    public Task A_cut_message_with_a_status_ends_with_that()
        => EndsAsync(GrpcStatusCode.DataLoss, http => http.ReplyAsync(Answers.Frame(TestServer.Serving)[..3], "15"));

    [Fact]
    public Task No_message_at_all_is_unimplemented() => EndsAsync(GrpcStatusCode.Unimplemented, http => http.ReplyAsync([]));

    [Fact]
    public Task OK_in_the_only_header_block_has_no_message() => EndsAsync(GrpcStatusCode.Unimplemented, http => http.RefuseAsync(GrpcStatusCode.Ok));

    [Fact]
    public Task Two_messages_are_unimplemented()
        => EndsAsync(GrpcStatusCode.Unimplemented, http => http.ReplyAsync([.. Answers.Frame(TestServer.Serving), .. Answers.Frame(TestServer.Serving)]));

    [Fact]
    public Task Garbage_is_internal() => EndsAsync(GrpcStatusCode.Internal, http => http.ReplyAsync(Answers.Frame([0xFF, 0xFF, 0xFF])));

    [Fact]
    public Task A_flag_that_is_neither_0_nor_1_is_internal() => EndsAsync(GrpcStatusCode.Internal, http => http.ReplyAsync(Answers.Frame(TestServer.Serving, flag: 2)));

    [Fact]
    public Task A_message_over_the_limit_is_refused_by_its_length_alone()
        // The rest never comes: whoever waited for it would wait for ever.
        => EndsAsync(GrpcStatusCode.ResourceExhausted, async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Answers.Frame([], length: Limit + 1));
            await http.Response.Body.FlushAsync();
            await http.WhenAbortedAsync();
        });

    [Theory]
    [InlineData(null)]
    [InlineData("identity")]
    [InlineData("snappy")]
    public Task A_compressed_message_in_a_response_that_names_no_gzip_is_internal(string? encoding)
        => EndsAsync(GrpcStatusCode.Internal, http => Encoded(http, encoding, Gzip(TestServer.Serving)));

    [Fact]
    public Task What_is_no_gzip_is_internal() => EndsAsync(GrpcStatusCode.Internal, http => Encoded(http, "gzip", [1, 2, 3]));

    [Fact]
    public Task A_message_that_is_over_the_limit_once_it_is_unpacked_is_refused()
        => EndsAsync(GrpcStatusCode.ResourceExhausted, http => Encoded(http, "gzip", Gzip(new HealthCheckRequest { Service = new string('a', 100 * Limit) })));

    [Fact]
    public async Task A_gzipped_message_is_taken_and_a_plain_one_beside_it_as_well()
    {
        await using var server = await TestServer.StartAsync(http =>
        {
            http.Response.Headers["grpc-encoding"] = "gzip";
            return http.ReplyAsync([.. Answers.Frame(Gzip(TestServer.Serving), flag: 1), .. Answers.Frame(TestServer.Serving)]);
        });
        using var channel = server.Channel();
        var replies = new List<HealthCheckResponse>();
        await foreach (var reply in channel.StreamAsync(TestServer.Ask, TestServer.Request))
            replies.Add(reply);
        Assert.Equal([TestServer.Serving, TestServer.Serving], replies);
    }

    [Theory]
    [InlineData(0x2, GrpcStatusCode.Internal)]
    [InlineData(0x7, GrpcStatusCode.Unavailable)]
    [InlineData(0x8, GrpcStatusCode.Cancelled)]
    [InlineData(0xb, GrpcStatusCode.ResourceExhausted)]
    [InlineData(0xc, GrpcStatusCode.PermissionDenied)]
    public async Task A_reset_is_mapped_wherever_it_comes(int errorCode, GrpcStatusCode expected)
    {
        await EndsAsync(expected, http =>
        {
            http.Reset(errorCode);
            return Task.CompletedTask;
        });
        await EndsAsync(expected, async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Answers.Frame(TestServer.Serving)[..3]);
            await http.Response.Body.FlushAsync();
            http.Reset(errorCode);
        });
    }

    [Fact]
    public async Task A_connection_that_breaks_is_unavailable()
        => Assert.True((await EndsAsync(GrpcStatusCode.Unavailable, http =>
        {
            http.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()!.Abort();
            return http.WhenAbortedAsync();
        })).IsBrokenOff);

    [Fact]
    public Task Headers_without_end_are_internal()
        => EndsAsync(GrpcStatusCode.Internal, http =>
        {
            for (var i = 0; i < 40; i++)
                http.Response.Headers[$"x-{i}"] = new string('a', 4_000);
            return http.ReplyAsync(Answers.Frame(TestServer.Serving));
        });

    private static async Task<GrpcCallException> EndsAsync(GrpcStatusCode expected, RequestDelegate serve)
    {
        await using var server = await TestServer.StartAsync(serve);
        using var channel = server.Channel(options => options with { MaxReceiveSize = Limit });
        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.True(failure.Status == expected, failure.ToString());
        return failure;
    }

    private static Task Encoded(HttpContext http, string? encoding, byte[] packed)
    {
        if (encoding is not null)
            http.Response.Headers["grpc-encoding"] = encoding;
        return http.ReplyAsync(Answers.Frame(packed, flag: 1));
    }

    private static byte[] Gzip(Google.Protobuf.IMessage message)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(Google.Protobuf.MessageExtensions.ToByteArray(message));
        return packed.ToArray();
    }
}
