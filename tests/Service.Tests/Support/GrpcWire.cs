using System.Buffers.Binary;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>What a gRPC call came to.</summary>
internal sealed record GrpcResult(int HttpStatus, string Status, string Message, byte[] Body)
{
    public T Reply<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        Assert.Equal("0", Status);
        Assert.Equal(0, Body[0]);
        Assert.Equal(Body.Length - 5, (int)BinaryPrimitives.ReadUInt32BigEndian(Body.AsSpan(1)));
        return parser.ParseFrom(Body.AsSpan(5).ToArray());
    }
}

/// <summary>gRPC by hand over HTTP/2, so that a test can break every rule of it.</summary>
internal static class GrpcWire
{
    public static byte[] Frame(IMessage message, byte flag = 0) => Frame(message.ToByteArray(), flag);

    public static byte[] Frame(byte[] message, byte flag = 0) => [flag, .. Length(message.Length), .. message];

    public static byte[] Length(long length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)length);
        return bytes;
    }

    public static Task<GrpcResult> CallAsync(this HttpClient client, string method, IMessage message, string? timeout = null)
        => client.CallAsync(method, new ByteArrayContent(Frame(message)), timeout: timeout);

    public static async Task<GrpcResult> CallAsync(
        this HttpClient client, string method, HttpContent content, string contentType = "application/grpc", string? timeout = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
            Content = content,
        };
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        if (timeout is not null)
            request.Headers.TryAddWithoutValidation("grpc-timeout", timeout);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsByteArrayAsync();
        return new GrpcResult((int)response.StatusCode, Find(response, "grpc-status"), Uri.UnescapeDataString(Find(response, "grpc-message")), body);
    }

    private static string Find(HttpResponseMessage response, string name)
        => response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? values.Single() : "";
}

/// <summary>A body that goes out in pieces of the test's choosing, and stays open until the test lets go.</summary>
internal sealed class PiecewiseContent(IEnumerable<byte[]> pieces, Task? end = null) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
    {
        foreach (var piece in pieces)
        {
            await stream.WriteAsync(piece);
            await stream.FlushAsync();
        }

        if (end is not null)
            await end;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
