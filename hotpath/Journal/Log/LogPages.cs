using Microsoft.Win32.SafeHandles;

namespace Pipeline.Journal.Log;

/// <summary>
/// Reads a log page by page, where a missing file or a short one reads as zeros. Whoever reads one page after the other has the next one
/// read meanwhile, by another thread: the disk and the checksums take turns otherwise. For one thread.
/// </summary>
internal sealed class LogPages(SegmentFiles files, LogGeometry geometry) : IDisposable
{
    private byte[] _page = new byte[geometry.PageBytes];
    private byte[] _next = [];
    private long _loaded = -1;
    private long _ahead = -1;
    private Task _reading = Task.CompletedTask;
    private long _openSegment = -1;
    private SafeFileHandle? _file;

    /// <summary>The bytes of a page; valid until the next call.</summary>
    /// <exception cref="IOException">The page cannot be read.</exception>
    public ReadOnlySpan<byte> this[long page]
    {
        get
        {
            if (page != _loaded)
                Load(page);
            return _page;
        }
    }

    public void Dispose()
    {
        Task.WaitAny(_reading);
        _file?.Dispose();
    }

    private void Load(long page)
    {
        var isNext = page == _loaded + 1;
        _loaded = -1;
        // Also when it reads another page: it has the file.
        Task.WaitAny(_reading);
        if (page == _ahead)
        {
            _ahead = -1;
            _reading.GetAwaiter().GetResult();
            (_page, _next) = (_next, _page);
        }
        else
        {
            Read(page, _page);
        }
        _loaded = page;
        if (isNext)
            ReadAhead(page + 1);
    }

    private void ReadAhead(long page)
    {
        if (_next.Length == 0)
            _next = new byte[_page.Length];
        _ahead = page;
        _reading = Task.Run(() => Read(page, _next));
    }

    private void Read(long page, byte[] bytes)
    {
        var start = page << geometry.PageBits;
        var segment = geometry.SegmentOf(start);
        if (segment != _openSegment)
            Open(segment);
        var read = 0;
        while (_file != null && read < bytes.Length)
        {
            var count = RandomAccess.Read(_file, bytes.AsSpan(read), (start & (geometry.SegmentBytes - 1)) + read);
            if (count == 0)
                break;
            read += count;
        }
        bytes.AsSpan(read).Clear();
    }

    private void Open(long segment)
    {
        _file?.Dispose();
        _file = File.Exists(files.PathOf(segment)) ? files.OpenForRead(segment) : null;
        _openSegment = segment;
    }
}
