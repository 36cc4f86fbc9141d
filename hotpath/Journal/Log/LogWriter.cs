using FASTER.core;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

/// <summary>
/// FASTER's log of our frames. For the thread that commits; <see cref="HasQueued"/> for any.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    private readonly LogDevice _device;
    private readonly FasterLog _log;
    private readonly LogFlush _flush;

    /// <param name="files">Where the segments are.</param>
    /// <param name="geometry">Sizes.</param>
    /// <param name="memoryBytes">Memory for pages; at least four are used.</param>
    /// <param name="recovered">What to continue; null begins a new log.</param>
    /// <param name="gate">Asked before each change.</param>
    /// <param name="signal">Called when there is something to drain.</param>
    public LogWriter(SegmentFiles files, LogGeometry geometry, long memoryBytes, LogScan? recovered, DiskGate gate, Action signal)
    {
        Geometry = geometry;
        _device = new LogDevice(files, geometry, gate, signal);
        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            PageSize = geometry.PageBytes,
            MemorySize = Math.Max(memoryBytes, 4L * geometry.PageBytes),
            SegmentSize = geometry.SegmentBytes,
            LogChecksum = LogChecksumType.PerEntry,
            LogCommitManager = new RecoveredCommit(recovered?.BeginAddress ?? 0, recovered?.TailAddress ?? 0),
            TryRecoverLatest = false,
        });
        if (recovered != null)
            _log.Recover();
        _flush = new LogFlush(_log);
    }

    public LogGeometry Geometry { get; }

    /// <param name="frame">The payload, behind <see cref="LogFrame.HeaderBytes"/> bytes for the header.</param>
    /// <returns>False when memory is full: drain and call again.</returns>
    public bool TryAppend(ulong logId, long sequence, long committed, FrameKind kind, Span<byte> frame, out long address)
    {
        LogFrame.WriteHeader(frame, logId, sequence, committed, kind, Geometry);
        return _log.TryEnqueue(frame, out address);
    }

    /// <summary>
    /// Makes FASTER queue the write of everything appended; the result is the address to await with <see cref="IsFlushed"/>.
    /// </summary>
    public long BeginFlush()
    {
        var tail = _log.TailAddress;
        _flush.Begin();
        return tail;
    }

    /// <summary>There are writes to <see cref="Drain"/>.</summary>
    public bool HasQueued => _device.HasQueued;

    public bool IsFlushed(long address) => _log.FlushedUntilAddress >= address;

    /// <inheritdoc cref="LogDevice.Drain"/>
    public bool Drain() => _device.Drain();

    public void Dispose()
    {
        _log.Dispose();
        _device.Dispose();
    }
}
