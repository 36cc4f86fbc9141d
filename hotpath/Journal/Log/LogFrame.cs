using System.Buffers.Binary;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

internal enum FrameKind : byte
{
    /// <summary>One entry, which is the payload. Earlier versions wrote these; they are read only.</summary>
    Entry = 1,

    /// <summary>First frame of a log; its sequence is the one before the first entry, its payload is the magic text.</summary>
    Genesis = 2,

    /// <summary>
    /// Written when the operator accepted a loss: everything after the frame before it, up to and including its own sequence, is gone.
    /// </summary>
    Gap = 3,

    /// <summary>Entries that follow each other, see <see cref="FrameEntries"/>.</summary>
    Entries = 4,
}

/// <summary>
/// What is one entry to FASTER: log id (8), sequence of the last entry in it (8), CRC-32C of the rest (4), lag (4), schema version, kind,
/// page bits, segment bits (1 each), then the payload. Little-endian. The lag is how far the log was committed behind that sequence when
/// the frame was written: an intact one thereby proves that everything up to <c>sequence - lag</c> had been acknowledged.
/// </summary>
internal readonly ref struct LogFrame
{
    public const int HeaderBytes = 28;

    /// <summary>FASTER's own entry header with checksums on: XOR of length and payload (8), length (4).</summary>
    public const int FasterHeaderBytes = 12;

    public const byte SchemaVersion = 1;

    public const int SchemaAt = 24;

    public const int KindAt = 25;

    private const int CrcAt = 16;

    public ulong LogId { get; private init; }

    /// <summary>Of the first entry in it; of a genesis, which has none, the one that follows.</summary>
    public long First { get; private init; }

    /// <summary>Of the last one.</summary>
    public long Sequence { get; private init; }

    public long ProvenCommitted { get; private init; }

    public FrameKind Kind { get; private init; }

    /// <summary>A later version wrote it: but for log id, checksum and schema version, nothing of it may be as it is here.</summary>
    public bool IsOfLaterForm { get; private init; }

    public bool HoldsEntries => Kind is FrameKind.Entries or FrameKind.Entry;

    public LogGeometry Geometry { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    public static ReadOnlySpan<byte> Magic => "pipeline journal"u8;

    public static void WriteHeader(Span<byte> frame, ulong logId, long sequence, long committed, FrameKind kind, LogGeometry geometry)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(frame, logId);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[20..], (uint)Math.Min(sequence - committed, uint.MaxValue));
        frame[SchemaAt] = SchemaVersion;
        frame[KindAt] = (byte)kind;
        frame[26] = (byte)geometry.PageBits;
        frame[27] = (byte)geometry.SegmentBits;
        Seal(frame);
    }

    /// <summary>Writes the checksum of what is there.</summary>
    public static void Seal(Span<byte> frame) => BinaryPrimitives.WriteUInt32LittleEndian(frame[CrcAt..], Crc(frame));

    /// <summary>False for anything that is no intact frame.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LogFrame frame)
    {
        frame = default;
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]) != Crc(bytes))
            return false;
        var kind = (FrameKind)bytes[KindAt];
        var payload = bytes[HeaderBytes..];
        var entries = kind == FrameKind.Genesis ? 0 : 1;
        var later = bytes[SchemaAt] > SchemaVersion || kind > FrameKind.Entries;
        if (!later && (bytes[SchemaAt] != SchemaVersion || (kind == FrameKind.Entries && !FrameEntries.TryCount(payload, out entries))))
            return false;
        var sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        var lag = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]);
        frame = new LogFrame
        {
            LogId = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            First = sequence - entries + 1,
            Sequence = sequence,
            ProvenCommitted = lag == uint.MaxValue ? 0 : sequence - lag,
            Kind = kind,
            IsOfLaterForm = later,
            Geometry = new LogGeometry(bytes[26], bytes[27]),
            Payload = payload,
        };
        return true;
    }

    /// <summary>Gives the entries above a sequence, in order.</summary>
    public void Deliver(long above, ReplayEntry reader)
    {
        if (Kind == FrameKind.Entries)
        {
            var sequence = First;
            for (var rest = FrameEntries.In(Payload); FrameEntries.TryTake(ref rest, out var entry); sequence++)
            {
                if (sequence > above)
                    reader(sequence, entry);
            }
        }
        else if (Kind == FrameKind.Entry && Sequence > above)
            reader(Sequence, Payload);
    }

    private static uint Crc(ReadOnlySpan<byte> frame) =>
        Crc32C.Append(Crc32C.Append(Crc32C.Start, frame[..CrcAt]), frame[(CrcAt + 4)..]);
}
