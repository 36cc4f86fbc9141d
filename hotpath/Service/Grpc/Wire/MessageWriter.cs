using System.Buffers;
using Google.Protobuf;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>Writes length-prefixed messages.</summary>
internal static class MessageWriter
{
    /// <returns>Bytes written, the prefix among them.</returns>
    public static int Write(IBufferWriter<byte> output, IMessage message, bool compress)
    {
        var size = message.CalculateSize();
        if (!compress)
        {
            new MessageFrame(Compressed: false, size).Write(output);
            message.WriteTo(output);
            return MessageFrame.HeaderSize + size;
        }

        var plain = ArrayPool<byte>.Shared.Rent(size);
        message.WriteTo(plain.AsSpan(0, size));
        var compressed = Gzip.Compress(plain.AsSpan(0, size));
        ArrayPool<byte>.Shared.Return(plain);
        new MessageFrame(Compressed: true, compressed.Length).Write(output);
        output.Write(compressed.Span);
        return MessageFrame.HeaderSize + compressed.Length;
    }
}
