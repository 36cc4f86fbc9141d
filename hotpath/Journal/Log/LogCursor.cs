using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

/// <summary>
/// Walks the segment files frame by frame, trusting nothing but checksums and sequence numbers. FASTER's own recovery hides a loss
/// (damaged metadata reads as an empty log), so the files are judged by this reader and FASTER is told where its tail is.
/// </summary>
internal sealed class LogCursor(SegmentFiles files, LogGeometry geometry, long address) : IDisposable
{
    private readonly LogPages _pages = new(files, geometry);

    /// <summary>Where the frame after the last one read would lie.</summary>
    public long Address { get; set; } = address;

    /// <summary>Where the last frame read lies.</summary>
    public long FrameAddress { get; private set; }

    /// <summary>
    /// Reads the frame at <see cref="Address"/>, or else the first of the next page: the end of a page is unused when a frame did not fit.
    /// The caller checks that sequences follow, so that nothing in between can be missed.
    /// </summary>
    public bool TryNext(out LogFrame frame)
    {
        if (TryReadAt(Address, out frame, out var bytes))
        {
            FrameAddress = Address;
            Address += bytes;
            return true;
        }
        var nextPage = NextPage(Address);
        if (!TryReadAt(nextPage, out frame, out bytes))
            return false;
        FrameAddress = nextPage;
        Address = nextPage + bytes;
        return true;
    }

    /// <summary>
    /// Looks for an intact frame of a log at <paramref name="address"/> or later, wherever it begins, and sets the address to it.
    /// </summary>
    public bool TrySearch(ulong logId, long end, ref long address, out LogFrame frame)
    {
        Span<byte> id = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(id, logId);
        for (; logId != 0 && address < end; address = NextPage(address))
        {
            var page = address & -geometry.PageBytes;
            var rest = RestOfPage(address);
            while (rest.IndexOf(id) is var at and >= 0)
            {
                rest = rest[(at + 1)..];
                var candidate = page + geometry.PageBytes - rest.Length - 1 - LogFrame.FasterHeaderBytes;
                if (candidate < Math.Max(page, address) || !TryReadAt(candidate, out frame, out _))
                    continue;
                address = candidate;
                return true;
            }
        }
        frame = default;
        return false;
    }

    public long NextPage(long address) => ((address >> geometry.PageBits) + 1) << geometry.PageBits;

    /// <summary>The bytes of one page from <paramref name="address"/> to its end; valid until the next call.</summary>
    public ReadOnlySpan<byte> RestOfPage(long address)
        => _pages[address >> geometry.PageBits][(int)(address & (geometry.PageBytes - 1))..];

    public void Dispose() => _pages.Dispose();

    private bool TryReadAt(long address, out LogFrame frame, out int bytes)
    {
        frame = default;
        bytes = 0;
        var rest = RestOfPage(address);
        if (rest.Length < LogFrame.FasterHeaderBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
        if (length < LogFrame.HeaderBytes || length > rest.Length - LogFrame.FasterHeaderBytes)
            return false;
        bytes = LogFrame.FasterHeaderBytes + ((length + 3) & ~3);
        return LogFrame.TryRead(rest.Slice(LogFrame.FasterHeaderBytes, length), out frame)
            && (frame.Geometry == geometry || frame.IsOfLaterForm);
    }
}
