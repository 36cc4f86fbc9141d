using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Pipeline.Hotpath.Grpc;

/// <summary>
/// Length-prefixed messages (grpc/grpc doc/PROTOCOL-HTTP2.md): one flag byte, four bytes of big-endian length, the message.
/// DATA frame borders mean nothing.
/// </summary>
internal static class GrpcFraming
{
    public const int HeaderSize = 5;

    /// <summary>Larger messages are refused before they are buffered.</summary>
    public const int MaxReceiveSize = 4 * 1024 * 1024;

    /// <summary>Reads the one message of a unary call and the end of the stream behind it.</summary>
    public static async Task<T> ReadUnaryAsync<T>(PipeReader body, MessageParser<T> parser, CancellationToken cancellation)
        where T : IMessage<T>
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellation).ConfigureAwait(false);
            var complete = LengthOf(read.Buffer) is { } length && read.Buffer.Length >= HeaderSize + length;
            if (complete && read.Buffer.Length > HeaderSize + LengthOf(read.Buffer))
                throw new GrpcException(GrpcStatus.Unimplemented, "A unary call carries exactly one message.");
            if (read.IsCompleted)
                return complete ? Parse(read.Buffer, parser) : throw new GrpcException(GrpcStatus.Internal, "The request ends in the middle of its message.");
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static void Write(IBufferWriter<byte> output, IMessage message)
    {
        var size = message.CalculateSize();
        var header = output.GetSpan(HeaderSize);
        header[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)size);
        output.Advance(HeaderSize);
        message.WriteTo(output);
    }

    private static long? LengthOf(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderSize)
            return null;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        if (header[0] == 1)
            throw new GrpcException(GrpcStatus.Unimplemented, "Compressed messages are not supported; send identity.");
        if (header[0] != 0)
            throw new GrpcException(GrpcStatus.Internal, "The message flag is neither 0 nor 1.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length <= MaxReceiveSize
            ? length
            : throw new GrpcException(GrpcStatus.ResourceExhausted, $"The message has {length} bytes; {MaxReceiveSize} are allowed.");
    }

    private static T Parse<T>(in ReadOnlySequence<byte> buffer, MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(buffer.Slice(HeaderSize));
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new GrpcException(GrpcStatus.Internal, $"The request is no valid {typeof(T).Name}: {exception.Message}");
        }
    }
}
