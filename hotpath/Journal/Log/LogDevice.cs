using System.Runtime.InteropServices;
using FASTER.core;
using Microsoft.Win32.SafeHandles;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

/// <summary>
/// Takes FASTER's writes and keeps them until <see cref="Drain"/>, which one committing thread at a time calls: writes, one fdatasync per
/// file, then FASTER's callbacks, all on that thread. FASTER may flush from whichever thread leaves its epoch last; without this the appending
/// thread would sometimes wait for the disk.
/// </summary>
internal sealed unsafe class LogDevice : StorageDeviceBase
{
    private readonly SegmentFiles _files;
    private readonly LogGeometry _geometry;
    private readonly DiskGate _gate;
    private readonly Action _signal;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, SafeFileHandle> _open = [];
    private readonly HashSet<long> _unsynced = [];
    private readonly ZeroAhead _ahead;
    private List<Write> _queued = [];
    private List<Write> _draining = [];

    /// <param name="files">Where the segments are.</param>
    /// <param name="geometry">Sizes.</param>
    /// <param name="gate">Asked before each change.</param>
    /// <param name="signal">Called when a write was queued.</param>
    public LogDevice(SegmentFiles files, LogGeometry geometry, DiskGate gate, Action signal)
        : base(Path.Combine(files.Directory, "segment"), LogGeometry.SectorBytes, capacity: -1)
    {
        _files = files;
        _geometry = geometry;
        _gate = gate;
        _signal = signal;
        _ahead = new ZeroAhead(files, geometry.SegmentBytes, gate);
    }

    public bool HasQueued
    {
        get
        {
            lock (_lock)
                return _queued.Count > 0;
        }
    }

    public override void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback,
        object context)
    {
        lock (_lock)
            _queued.Add(new Write(sourceAddress, segmentId, (long)destinationAddress, (int)numBytesToWrite, callback, context));
        _signal();
    }

    public override void ReadAsync(
        int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        var target = new Span<byte>((void*)destinationAddress, (int)readLength);
        using (var file = _files.OpenForRead(segmentId))
        {
            var read = 0;
            while (read < target.Length && RandomAccess.Read(file, target[read..], (long)sourceAddress + read) is var count and > 0)
                read += count;
            target[read..].Clear();
        }
        callback(0, readLength, context);
    }

    /// <summary>Performs what was queued so far; false when there was nothing.</summary>
    /// <exception cref="IOException">The disk refused. The writes stay unfinished and the device must not be used again.</exception>
    public bool Drain()
    {
        lock (_lock)
            (_queued, _draining) = (_draining, _queued);
        if (_draining.Count == 0)
            return false;
        foreach (var write in _draining)
            Perform(write);
        foreach (var segment in _unsynced)
        {
            _gate.OnSync(_files.PathOf(segment));
            DiskSync.Data(_open[segment]);
        }
        _unsynced.Clear();
        CloseAllButNewest();
        foreach (var write in _draining)
            write.Callback(0, (uint)write.Bytes, write.Context);
        _draining.Clear();
        return true;
    }

    /// <summary>
    /// Files are removed by <see cref="DurableLog.TruncateThrough"/>, not by FASTER, so that it happens at a known moment.
    /// </summary>
    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) => callback(result);

    public override void Dispose()
    {
        foreach (var file in _open.Values)
            file.Dispose();
        _open.Clear();
    }

    private void Perform(in Write write)
    {
        if (!_open.TryGetValue(write.Segment, out var file))
            _open[write.Segment] = file = _files.OpenForWrite(write.Segment, _geometry.SegmentBytes);
        _gate.OnWrite(_files.PathOf(write.Segment), write.Offset, write.Bytes);
        _ahead.Follow(file, write.Segment, write.Offset + write.Bytes);
        RandomAccess.Write(file, new ReadOnlySpan<byte>((void*)write.Source, write.Bytes), write.Offset);
        _unsynced.Add(write.Segment);
    }

    private void CloseAllButNewest()
    {
        while (_open.Count > 1)
        {
            var (segment, file) = _open.First();
            file.Dispose();
            _open.Remove(segment);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Write(
        IntPtr Source, int Segment, long Offset, int Bytes, DeviceIOCompletionCallback Callback, object Context);
}
