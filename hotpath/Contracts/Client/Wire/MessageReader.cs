using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>
/// Reads length-prefixed messages (grpc/grpc doc/PROTOCOL-HTTP2.md): a flag, four bytes of big-endian length, the message. A length
/// over the limit is refused before anything is held for it, and a compressed message must keep to the limit when it is unpacked.
/// </summary>
/// <param name="encoding">The response's <c>grpc-encoding</c>; null when it names none.</param>
internal sealed class MessageReader(Stream body, string? encoding, int maxSize)
{
    private const string Gzip = "gzip";
    private const string Identity = "identity";
    private readonly byte[] _header = new byte[RequestContent.FrameHeaderSize];

    /// <summary>The next message, or null at the end of the stream.</summary>
    /// <exception cref="GrpcCallException">What came is no message, or one that may not be taken.</exception>
    /// <exception cref="EndOfStreamException">The stream ends inside a message.</exception>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancellation)
        where T : class, IMessage<T>
    {
        var read = await body.ReadAtLeastAsync(_header, _header.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (read == 0)
            return null;
        if (read < _header.Length)
            throw new EndOfStreamException();

        var compressed = IsCompressed(_header[0]);
        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(1));
        if (length > maxSize)
            throw TooLarge($"{length} bytes");
        var bytes = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await body.ReadExactlyAsync(bytes, 0, (int)length, cancellation).ConfigureAwait(false);
            return compressed ? Parse(parser, Unpack(bytes, (int)length)) : Parse(parser, bytes.AsSpan(0, (int)length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private bool IsCompressed(byte flag) => flag switch
    {
        0 => false,
        1 when encoding == Gzip => true,
        1 when encoding is null or Identity => throw Broken("The message is marked as compressed, but the response names no compression."),
        1 => throw Broken($"The message is compressed by '{encoding}', which was not offered."),
        _ => throw Broken($"The message flag is {flag}, neither 0 nor 1."),
    };

    private ReadOnlySpan<byte> Unpack(byte[] packed, int length)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(packed, 0, length, writable: false), CompressionMode.Decompress);
            var unpacked = new MemoryStream();
            var piece = new byte[16 * 1024];
            int read;
            while ((read = gzip.Read(piece)) > 0)
            {
                if (unpacked.Length + read > maxSize)
                    throw TooLarge("more, unpacked");
                unpacked.Write(piece, 0, read);
            }

            return unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length);
        }
        catch (InvalidDataException exception)
        {
            throw Broken($"The message is no gzip: {exception.Message}");
        }
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw Broken($"The message is no valid {typeof(T).Name}: {exception.Message}");
        }
    }

    private GrpcCallException TooLarge(string size)
        => new(GrpcStatusCode.ResourceExhausted, $"The message has {size}; {maxSize} bytes are taken.");

    // statuscodes.md: what the client cannot read of a response is INTERNAL.
    private static GrpcCallException Broken(string what) => new(GrpcStatusCode.Internal, what);
}
