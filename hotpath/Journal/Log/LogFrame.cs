using System.Buffers.Binary;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

internal enum EntryKind : byte
{
    Data = 1,

    /// <summary>First entry of a log; its sequence is the one before the first data entry, its payload is the magic text.</summary>
    Genesis = 2,

    /// <summary>
    /// Written when the operator accepted a loss: everything after the entry before it, up to and including its own sequence, is gone.
    /// </summary>
    Gap = 3,
}

/// <summary>
/// Our part of an entry, inside FASTER's: log id (8), sequence (8), CRC-32C of the rest (4), lag (4), schema version, kind, page bits,
/// segment bits (1 each), then the payload. Little-endian. The lag is how far the log was committed behind this entry when it was
/// appended: an intact entry thereby proves that everything up to <c>sequence - lag</c> had been acknowledged.
/// </summary>
internal readonly ref struct LogFrame
{
    public const int HeaderBytes = 28;

    /// <summary>FASTER's own entry header with checksums on: XOR of length and payload (8), length (4).</summary>
    public const int FasterHeaderBytes = 12;

    public const byte SchemaVersion = 1;

    private const int CrcAt = 16;

    public ulong LogId { get; private init; }

    public long Sequence { get; private init; }

    public long ProvenCommitted { get; private init; }

    public EntryKind Kind { get; private init; }

    public LogGeometry Geometry { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    public static ReadOnlySpan<byte> Magic => "pipeline journal"u8;

    public static void WriteHeader(Span<byte> frame, ulong logId, long sequence, long committed, EntryKind kind, LogGeometry geometry)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(frame, logId);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[20..], (uint)Math.Min(sequence - committed, uint.MaxValue));
        frame[24] = SchemaVersion;
        frame[25] = (byte)kind;
        frame[26] = (byte)geometry.PageBits;
        frame[27] = (byte)geometry.SegmentBits;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[CrcAt..], Crc(frame));
    }

    public static bool TryRead(ReadOnlySpan<byte> frame, out LogFrame entry)
    {
        entry = default;
        if (frame.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(frame[CrcAt..]) != Crc(frame))
            return false;
        var sequence = BinaryPrimitives.ReadInt64LittleEndian(frame[8..]);
        var lag = BinaryPrimitives.ReadUInt32LittleEndian(frame[20..]);
        entry = new LogFrame
        {
            LogId = BinaryPrimitives.ReadUInt64LittleEndian(frame),
            Sequence = sequence,
            ProvenCommitted = lag == uint.MaxValue ? 0 : sequence - lag,
            Kind = (EntryKind)frame[25],
            Geometry = new LogGeometry(frame[26], frame[27]),
            Payload = frame[HeaderBytes..],
        };
        return frame[24] == SchemaVersion;
    }

    private static uint Crc(ReadOnlySpan<byte> frame) =>
        Crc32C.Append(Crc32C.Append(Crc32C.Start, frame[..CrcAt]), frame[(CrcAt + 4)..]);
}
