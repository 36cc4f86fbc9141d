using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>Whatever comes over the wire, each call ends with the right status, and the server goes on serving.</summary>
public sealed class HostileInputTests : IAsyncLifetime
{
    private const int MaxReceive = 64 * 1024;

    private GrpcWorld _world = null!;
    private RawConnection _wire = null!;

    public async Task InitializeAsync()
    {
        _world = await GrpcWorld.StartAsync(new GrpcOptions { MaxReceiveBytes = MaxReceive });
        _wire = await RawConnection.OpenAsync(_world.Port);
    }

    public async Task DisposeAsync()
    {
        Assert.Equal("0", await StatusOfHealthyCallAsync());
        await _wire.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Messages_may_be_split_at_every_byte()
    {
        var body = Enumerable.Range(1, 3).SelectMany(size => GrpcWire.Frame(Message(size))).ToArray();
        for (var at = 1; at < body.Length; at++)
        {
            var call = await _wire.StartAsync(TestCalls.Input);
            await _wire.SendAsync(call, body[..at]);
            await _wire.SendAsync(call, body[at..], end: true);
            Assert.Equal(6, Assert.Single((await call.EndAsync()).Replies(StreamingInputCallResponse.Parser)).AggregatedPayloadSize);
        }
    }

    [Fact]
    public async Task Calls_that_interleave_byte_by_byte_do_not_mix()
    {
        var calls = new List<(RawCall Call, byte[] Body)>();
        for (var size = 0; size < 50; size++)
            calls.Add((await _wire.StartAsync(TestCalls.Input), GrpcWire.Frame(Message(size))));
        for (var at = 0; at < calls.Max(call => call.Body.Length); at++)
        {
            foreach (var (call, body) in calls.Where(call => at < call.Body.Length))
                await _wire.SendAsync(call, [body[at]], end: at == body.Length - 1);
        }

        for (var size = 0; size < calls.Count; size++)
            Assert.Equal(size, Assert.Single((await calls[size].Call.EndAsync()).Replies(StreamingInputCallResponse.Parser)).AggregatedPayloadSize);
    }

    [Fact]
    public async Task A_body_that_ends_within_a_message_is_an_internal_error()
    {
        var body = GrpcWire.Frame(Message(20));
        for (var length = 1; length < body.Length; length++)
            Assert.Equal("13", (await _wire.CallAsync(TestCalls.Input, body[..length])).Status);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_refused_by_its_length_and_the_upload_is_stopped()
    {
        foreach (var path in new[] { TestCalls.Unary, TestCalls.Input, TestCalls.Duplex })
        {
            var call = await _wire.StartAsync(path);
            await _wire.SendAsync(call, [0, .. GrpcWire.Length(MaxReceive + 1)]);
            Assert.Equal(("8", ""), ((await call.EndAsync()).Status, call["content-encoding"]));
            Assert.Equal(1, call.HeaderBlocks);
        }
    }

    [Fact]
    public async Task The_largest_message_is_taken()
    {
        // The payload has eight bytes around it.
        var body = GrpcWire.Frame(Message(MaxReceive - 8));
        Assert.Equal(MaxReceive + 5, body.Length);
        var call = await _wire.StartAsync(TestCalls.Input);
        foreach (var chunk in body.Chunk(16_384))
            await _wire.SendAsync(call, chunk);
        await _wire.SendAsync(call, [], end: true);
        Assert.Equal(MaxReceive - 8, Assert.Single((await call.EndAsync()).Replies(StreamingInputCallResponse.Parser)).AggregatedPayloadSize);
    }

    [Fact]
    public async Task Text_that_is_no_UTF_8_is_taken_with_replacement_characters()
    {
        // response_status { code: 5, message: C3 28 }
        var call = await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame([0x3A, 6, 8, 5, 0x12, 2, 0xC3, 0x28]));
        Assert.Equal(("5", "%EF%BF%BD("), (call.Status, call["grpc-message"]));
    }

    [Fact]
    public async Task Nesting_without_end_is_an_internal_error()
    {
        // A group within a group, ten thousand times.
        Assert.Equal("13", (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame([.. Enumerable.Repeat((byte)0xA3, 10_000)]))).Status);
    }

    [Fact]
    public void Any_bytes_end_with_a_status_that_says_so()
    {
        var allowed = new[] { "0", "2", "3", "8", "12", "13" };
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), body =>
            allowed.Contains(StatusOf(TestCalls.Unary, body)) && allowed.Contains(StatusOf(TestCalls.Unary, GrpcWire.Frame(body))) && allowed.Contains(StatusOf(TestCalls.Duplex, body))).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(100)));
    }

    [Fact]
    public async Task A_call_that_is_reset_leaves_the_connection_alone()
    {
        foreach (var path in new[] { TestCalls.Unary, TestCalls.Input, TestCalls.Duplex })
        {
            var call = await _wire.StartAsync(path);
            await _wire.SendAsync(call, [0, 0, 0]);
            await _wire.ResetAsync(call);
        }

        Assert.Equal("0", (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame([]))).Status);
    }

    [Fact]
    public async Task A_flood_of_resets_costs_the_sender_its_connection()
    {
        await using var flood = await RawConnection.OpenAsync(_world.Port);
        try
        {
            for (var i = 0; i < 5_000; i++)
                await flood.ResetAsync(await flood.StartAsync(TestCalls.Duplex));
        }
        catch (IOException)
        {
            // Closed half-way.
        }

        await flood.Closed;
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n", 1)]
    [InlineData("\0\a\u000e\u0015\u001c#*18?FMT", 2_000)] // Shorter, it might still become a line of HTTP/1.1.
    public async Task Garbage_costs_the_sender_its_connection(string garbage, int times)
    {
        await using var wire = await RawConnection.ConnectAsync(_world.Port);
        await wire.WriteAsync([.. Enumerable.Repeat(Encoding.ASCII.GetBytes(garbage), times).SelectMany(bytes => bytes)]);
        await wire.Closed;
    }

    [Theory]
    [InlineData(0, 5, 0, 1, new byte[] { 1 })] // DATA on a stream that was never opened: the connection's own.
    [InlineData(1, 4, 1, 9, new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })] // An index that no table has.
    [InlineData(9, 4, 1, 1, new byte[] { 0 })] // CONTINUATION of nothing.
    [InlineData(8, 0, 0, 1, new byte[] { 0, 0, 0, 0 })] // A window that does not grow.
    public async Task A_frame_that_breaks_the_rules_is_answered_with_goaway(byte type, byte flags, int stream, int code, byte[] payload)
    {
        await using var wire = await RawConnection.OpenAsync(_world.Port);
        await wire.WriteAsync(RawConnection.Frame(type, flags, stream, payload));
        Assert.Equal(code, await wire.GoAway);
    }

    [Fact]
    public async Task Headers_without_end_are_refused()
    {
        await using var wire = await RawConnection.OpenAsync(_world.Port);
        try
        {
            await wire.WriteAsync(RawConnection.Frame(1, 0, 1, Hpack.Encode((":method", "POST"))));
            for (var i = 0; i < 100; i++)
                await wire.WriteAsync(RawConnection.Frame(9, 0, 1, Hpack.Encode(($"x-{i}", new string('x', 8_000)))));
        }
        catch (IOException)
        {
            // Closed half-way.
        }

        await wire.Closed;
    }

    [Theory]
    [InlineData("GET", "application/grpc", "405")]
    [InlineData("POST", "text/plain", "415")]
    [InlineData("POST", "application/grpcx", "415")]
    public async Task What_is_no_gRPC_is_told_so_in_HTTP(string method, string contentType, string status)
    {
        using var client = new HttpClient { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_world.Host.Address, TestCalls.Unary)) { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = new ByteArrayContent([]);
        request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        using var response = await client.SendAsync(request);
        Assert.Equal(status, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Paths_tell_upper_case_from_lower()
        => Assert.Equal("12", (await _wire.CallAsync(TestCalls.Unary.ToLowerInvariant(), GrpcWire.Frame([]))).Status);

    [Fact]
    public async Task Binary_metadata_that_is_no_base64_is_an_internal_error()
        => Assert.Equal("13", (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame([]), ("x-grpc-test-echo-trailing-bin", "?"))).Status);

    [Fact]
    public async Task Binary_metadata_come_padded_or_not_and_go_unpadded()
    {
        foreach (var value in new[] { "q6urqw==", "q6urqw" })
            Assert.Equal("q6urqw", (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame([]), ("x-grpc-test-echo-trailing-bin", value)))["x-grpc-test-echo-trailing-bin"]);
        Assert.Equal("AQ,Ag", (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame([]), ("x-grpc-test-echo-trailing-bin", "AQ==,Ag")))["x-grpc-test-echo-trailing-bin"]);
    }

    private static SimpleRequest Request(int size) => new() { ResponseSize = size };

    private static StreamingInputCallRequest Message(int size)
        => new() { Payload = new Payload { Body = ByteString.CopyFrom(Encoding.ASCII.GetBytes(new string('x', size))) } };

    private string StatusOf(string path, byte[] body) => Task.Run(() => _wire.CallAsync(path, body)).GetAwaiter().GetResult().Status;

    private async Task<string> StatusOfHealthyCallAsync()
    {
        await using var wire = await RawConnection.OpenAsync(_world.Port);
        return (await wire.CallAsync(TestCalls.Unary, GrpcWire.Frame(Request(3)))).Status;
    }
}
