using System.Numerics;

namespace Pipeline.Journal.Log;

/// <summary>
/// Sizes that decide where frames lie. Each frame carries them, so that a log is read with the sizes it was written with.
/// </summary>
internal readonly record struct LogGeometry(int PageBits, int SegmentBits)
{
    /// <summary>FASTER leaves the first bytes of the address space unused.</summary>
    public const long FirstAddress = 64;

    public const int SectorBytes = 512;

    public int PageBytes => 1 << PageBits;

    public long SegmentBytes => 1L << SegmentBits;

    /// <summary>The largest entry, bytes.</summary>
    public int MaxEntry => PageBytes - LogFrame.FasterHeaderBytes - LogFrame.HeaderBytes - FrameEntries.CountBytes - FrameEntries.LengthBytes;

    /// <summary>
    /// A frame of several entries has no more bytes. Beyond some tens of them a larger one saves nothing, and a damaged one takes all its
    /// entries with it; and what does not fit on a page leaves the rest of it unused.
    /// </summary>
    public int FrameBytes => Math.Min(4096, PageBytes / 8);

    public bool IsPlausible => PageBits is >= 12 and <= 24 && SegmentBits is >= 12 and <= 40 && SegmentBits >= PageBits;

    public static LogGeometry Of(long pageBytes, long segmentBytes) =>
        new(BitOperations.Log2((ulong)pageBytes), BitOperations.Log2((ulong)segmentBytes));

    public long SegmentOf(long address) => address >> SegmentBits;

    public long StartOf(long segment) => segment == 0 ? FirstAddress : segment << SegmentBits;
}
