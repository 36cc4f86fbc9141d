using System.IO.Compression;
using Google.Protobuf;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class CompressionTests : IAsyncLifetime
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
        await _wire.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_gzipped_message_is_read()
    {
        var call = await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame(Gzip(new SimpleRequest { ResponseSize = 5 }.ToByteArray()), flag: 1), ("grpc-encoding", "gzip"));
        Assert.Equal(5, Assert.Single(call.Replies(SimpleResponse.Parser)).Payload.Body.Length);
    }

    [Theory]
    [InlineData("deflate", "12")]
    [InlineData("nonsense", "12")]
    [InlineData("identity", "13")]
    [InlineData(null, "13")]
    public async Task A_compressed_message_needs_a_compression_that_is_known(string? encoding, string status)
    {
        var call = await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame(Gzip([]), flag: 1), encoding is null ? [] : [("grpc-encoding", encoding)]);
        Assert.Equal((status, "identity,gzip"), (call.Status, call["grpc-accept-encoding"]));
    }

    [Fact]
    public async Task A_plain_message_is_read_whatever_the_compression_of_the_others()
        => Assert.Equal("0", (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame(new SimpleRequest()), ("grpc-encoding", "nonsense"))).Status);

    [Fact]
    public async Task A_message_that_grows_too_large_is_refused_and_one_that_just_fits_is_not()
    {
        Assert.Equal("8", await StatusOfAsync(Gzip(Payload(10_000_000))));
        Assert.Equal("8", await StatusOfAsync(Gzip(Payload(MaxReceive - 7))));
        Assert.Equal("0", await StatusOfAsync(Gzip(Payload(MaxReceive - 8))));
    }

    [Fact]
    public async Task Damaged_data_are_an_internal_error()
    {
        var whole = Gzip(Payload(1000));
        Assert.Equal("13", await StatusOfAsync([1, 2, 3]));
        Assert.Equal("13", await StatusOfAsync(whole[..(whole.Length / 2)]));
        whole[^6] ^= 0xFF;
        Assert.Equal("13", await StatusOfAsync(whole));
    }

    [Theory]
    [InlineData("identity, gzip", 1, "gzip")]
    [InlineData("deflate", 0, "")]
    [InlineData("", 0, "")]
    public async Task A_reply_is_gzipped_for_those_who_accept_it(string accepted, byte flag, string encoding)
    {
        var request = new SimpleRequest { ResponseSize = 1000, ResponseCompressed = new BoolValue { Value = true } };
        var call = await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame(request), ("grpc-accept-encoding", accepted));
        var (got, bytes) = Assert.Single(call.Messages);
        Assert.Equal((flag, encoding), (got, call["grpc-encoding"]));
        Assert.Equal(1000, SimpleResponse.Parser.ParseFrom(flag == 1 ? Gunzip(bytes) : bytes).Payload.Body.Length);
    }

    [Fact]
    public async Task A_stream_may_leave_single_messages_uncompressed()
    {
        var request = new StreamingOutputCallRequest
        {
            ResponseParameters = { new ResponseParameters { Size = 100, Compressed = new BoolValue { Value = true } }, new ResponseParameters { Size = 200 } },
        };
        var call = await _wire.CallAsync(TestCalls.Output, GrpcWire.Frame(request), ("grpc-accept-encoding", "gzip"));
        Assert.Equal([1, 0], call.Messages.Select(message => (int)message.Flag));
    }

    private static byte[] Payload(int size) => new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) } }.ToByteArray();

    private static byte[] Gzip(byte[] bytes)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionMode.Compress))
            gzip.Write(bytes);
        return output.ToArray();
    }

    private static byte[] Gunzip(byte[] bytes)
    {
        var output = new MemoryStream();
        new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress).CopyTo(output);
        return output.ToArray();
    }

    private async Task<string> StatusOfAsync(byte[] compressed) => (await _wire.CallAsync(TestCalls.Unary, GrpcWire.Frame(compressed, flag: 1), ("grpc-encoding", "gzip"))).Status;
}
