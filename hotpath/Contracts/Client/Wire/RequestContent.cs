using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>A request that is one message. It is written anew for each try.</summary>
internal sealed class RequestContent : HttpContent
{
    public const int FrameHeaderSize = 5;

    private readonly IMessage _message;
    private readonly int _size;

    public RequestContent(IMessage message)
    {
        _message = message;
        _size = message.CalculateSize();
        Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var frame = new byte[FrameHeaderSize + _size];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)_size);
        _message.WriteTo(frame.AsSpan(FrameHeaderSize));
        await stream.WriteAsync(frame).ConfigureAwait(false);
    }

    // A length in the header would be a promise that a proxy may hold against us; gRPC ends a request by the end of the stream.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
