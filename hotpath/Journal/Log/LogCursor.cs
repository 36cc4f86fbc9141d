using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Journal.Log;

/// <summary>
/// Walks the segment files entry by entry, trusting nothing but checksums and sequence numbers. FASTER's own recovery hides a loss
/// (damaged metadata reads as an empty log), so the files are judged by this reader and FASTER is told where its tail is.
/// A missing file or a short one reads as zeros.
/// </summary>
internal sealed class LogCursor : IDisposable
{
    private readonly SegmentFiles _files;
    private readonly LogGeometry _geometry;
    private readonly byte[] _page;
    private long _loadedPage = -1;
    private long _openSegment = -1;
    private SafeFileHandle? _file;

    public LogCursor(SegmentFiles files, LogGeometry geometry, long address)
    {
        _files = files;
        _geometry = geometry;
        _page = new byte[geometry.PageBytes];
        Address = address;
    }

    /// <summary>Where the entry after the last one read would lie.</summary>
    public long Address { get; set; }

    /// <summary>Where the last entry read lies.</summary>
    public long EntryAddress { get; private set; }

    /// <summary>
    /// Reads the entry at <see cref="Address"/>, or else the first of the next page: the end of a page is unused when an entry did not fit.
    /// The caller checks that sequences follow, so that nothing in between can be missed.
    /// </summary>
    public bool TryNext(out LogFrame entry)
    {
        if (TryReadAt(Address, out entry, out var bytes))
        {
            EntryAddress = Address;
            Address += bytes;
            return true;
        }
        var nextPage = NextPage(Address);
        if (!TryReadAt(nextPage, out entry, out bytes))
            return false;
        EntryAddress = nextPage;
        Address = nextPage + bytes;
        return true;
    }

    /// <summary>
    /// Looks for an intact entry of a log at <paramref name="address"/> or later, wherever it begins, and sets the address to it.
    /// </summary>
    public bool TrySearch(ulong logId, long end, ref long address, out LogFrame entry)
    {
        Span<byte> id = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(id, logId);
        for (; logId != 0 && address < end; address = NextPage(address))
        {
            var page = address & -_geometry.PageBytes;
            var rest = RestOfPage(address);
            while (rest.IndexOf(id) is var at and >= 0)
            {
                rest = rest[(at + 1)..];
                var candidate = page + _page.Length - rest.Length - 1 - LogFrame.FasterHeaderBytes;
                if (candidate < Math.Max(page, address) || !TryReadAt(candidate, out entry, out _))
                    continue;
                address = candidate;
                return true;
            }
        }
        entry = default;
        return false;
    }

    public long NextPage(long address) => ((address >> _geometry.PageBits) + 1) << _geometry.PageBits;

    /// <summary>The bytes of one page from <paramref name="address"/> to its end; valid until the next call.</summary>
    public ReadOnlySpan<byte> RestOfPage(long address)
    {
        Load(address >> _geometry.PageBits);
        return _page.AsSpan((int)(address & (_geometry.PageBytes - 1)));
    }

    public void Dispose() => _file?.Dispose();

    private bool TryReadAt(long address, out LogFrame entry, out int bytes)
    {
        entry = default;
        bytes = 0;
        var rest = RestOfPage(address);
        if (rest.Length < LogFrame.FasterHeaderBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
        if (length < LogFrame.HeaderBytes || length > rest.Length - LogFrame.FasterHeaderBytes)
            return false;
        bytes = LogFrame.FasterHeaderBytes + ((length + 3) & ~3);
        return LogFrame.TryRead(rest.Slice(LogFrame.FasterHeaderBytes, length), out entry) && entry.Geometry == _geometry;
    }

    private void Load(long page)
    {
        if (page == _loadedPage)
            return;
        var start = page << _geometry.PageBits;
        var segment = _geometry.SegmentOf(start);
        if (segment != _openSegment)
            OpenSegment(segment);
        var read = 0;
        while (_file != null && read < _page.Length)
        {
            var count = RandomAccess.Read(_file, _page.AsSpan(read), (start & (_geometry.SegmentBytes - 1)) + read);
            if (count == 0)
                break;
            read += count;
        }
        _page.AsSpan(read).Clear();
        _loadedPage = page;
    }

    private void OpenSegment(long segment)
    {
        _file?.Dispose();
        _file = File.Exists(_files.PathOf(segment)) ? _files.OpenForRead(segment) : null;
        _openSegment = segment;
    }
}
