using System.Numerics;

namespace Pipeline.Journal.Log;

/// <summary>
/// Sizes that decide where entries lie. Each entry carries them, so that a log is read with the sizes it was written with.
/// </summary>
internal readonly record struct LogGeometry(int PageBits, int SegmentBits)
{
    /// <summary>FASTER leaves the first bytes of the address space unused.</summary>
    public const long FirstAddress = 64;

    public const int SectorBytes = 512;

    public int PageBytes => 1 << PageBits;

    public long SegmentBytes => 1L << SegmentBits;

    /// <summary>The largest payload of one entry, bytes.</summary>
    public int MaxPayload => PageBytes - LogFrame.FasterHeaderBytes - LogFrame.HeaderBytes;

    public bool IsPlausible => PageBits is >= 12 and <= 24 && SegmentBits is >= 12 and <= 40 && SegmentBits >= PageBits;

    public static LogGeometry Of(long pageBytes, long segmentBytes) =>
        new(BitOperations.Log2((ulong)pageBytes), BitOperations.Log2((ulong)segmentBytes));

    public long SegmentOf(long address) => address >> SegmentBits;

    public long StartOf(long segment) => segment == 0 ? FirstAddress : segment << SegmentBits;
}
