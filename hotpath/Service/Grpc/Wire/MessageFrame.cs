using System.Buffers;
using System.Buffers.Binary;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>What stands before a message (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"): one flag byte, four bytes of big-endian length.</summary>
internal readonly record struct MessageFrame(bool Compressed, int Length)
{
    public const int HeaderSize = 5;

    /// <summary>The length is checked before anything of that length is buffered.</summary>
    /// <returns>False: the header is not whole yet.</returns>
    /// <exception cref="GrpcException">The flag is neither 0 nor 1, or the message is larger than <paramref name="maxLength"/>.</exception>
    public static bool TryRead(in ReadOnlySequence<byte> buffer, int maxLength, out MessageFrame frame)
    {
        frame = default;
        if (buffer.Length < HeaderSize)
            return false;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        if (header[0] > 1)
            throw new GrpcException(GrpcStatusCode.Internal, "The message flag is neither 0 nor 1.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > maxLength)
            throw new GrpcException(GrpcStatusCode.ResourceExhausted, $"The message has {length} bytes; {maxLength} are allowed.");
        frame = new MessageFrame(header[0] == 1, (int)length);
        return true;
    }

    public void Write(IBufferWriter<byte> output)
    {
        var header = output.GetSpan(HeaderSize);
        header[0] = Compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)Length);
        output.Advance(HeaderSize);
    }
}
