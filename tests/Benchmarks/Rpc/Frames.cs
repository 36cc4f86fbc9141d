using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>HTTP/2 frames (RFC 9113) and header blocks (RFC 7541) of a gRPC client, written by hand.</summary>
internal static class Frames
{
    public const int HeaderSize = 9;
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;

    /// <summary>Preface, settings and window of a client that takes whatever comes.</summary>
    public static byte[] Opening()
    {
        const int largest = int.MaxValue;
        byte[] settings = [0, 4, .. BigEndian(largest)];
        byte[] window = BigEndian(largest - 65_535);
        return [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Of(Settings, 0, 0, settings), .. Of(WindowUpdate, 0, 0, window)];
    }

    public static byte[] Of(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderSize + payload.Length];
        WriteHeader(frame, payload.Length, type, flags, stream);
        payload.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    public static void WriteHeader(Span<byte> frame, int length, byte type, byte flags, int stream)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)length << 8 | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame[5..], stream);
    }

    /// <summary>The header block of a connection's first call, whose fields the server remembers.</summary>
    public static byte[] FirstHeaders(string path) =>
    [
        0x83, 0x86, 0x44, .. Text(path), 0x41, .. Text("127.0.0.1"), 0x5F, .. Text("application/grpc"), 0x40, .. Text("te"), .. Text("trailers"),
        0x7A, .. Text("bench"),
    ];

    /// <summary>The header block of every other call: indices of what the server remembers.</summary>
    public static byte[] NextHeaders() => [0x83, 0x86, 0x80 | 66, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62];

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
