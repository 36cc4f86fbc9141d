using FASTER.core;
using Microsoft.Win32.SafeHandles;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Store;

/// <summary>
/// Reads and writes FASTER's record log at once, on the calling thread. A write error is kept, not passed on: FASTER would wait for
/// ever for a flush that failed, so the store asks <see cref="Sync"/> before it calls a checkpoint done.
/// </summary>
internal sealed unsafe class StoreDevice(string directory, string name, DiskGate gate)
    : StorageDeviceBase(Path.Combine(directory, name), Sector, capacity: -1)
{
    private const uint Sector = 512;
    private const uint ReadFailed = 1;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, SafeFileHandle> _open = [];
    private readonly HashSet<int> _unsynced = [];
    private Exception? _failure;

    public override void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback,
        object context)
    {
        try
        {
            gate.OnWrite(PathOf(segmentId), (long)destinationAddress, (int)numBytesToWrite);
            var bytes = new ReadOnlySpan<byte>((void*)sourceAddress, (int)numBytesToWrite);
            RandomAccess.Write(Open(segmentId), bytes, (long)destinationAddress);
            lock (_lock)
                _unsynced.Add(segmentId);
        }
        catch (IOException failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
        callback(0, numBytesToWrite, context);
    }

    public override void ReadAsync(
        int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        var error = 0u;
        try
        {
            var file = Open(segmentId);
            var target = new Span<byte>((void*)destinationAddress, (int)readLength);
            var read = 0;
            while (read < target.Length && RandomAccess.Read(file, target[read..], (long)sourceAddress + read) is var count and > 0)
                read += count;
            target[read..].Clear();
        }
        catch (IOException)
        {
            error = ReadFailed;
        }
        callback(error, readLength, context);
    }

    /// <summary>Forces everything written so far to the device.</summary>
    /// <exception cref="IOException">This, or a write since the last call, failed; the store must be read anew from its last
    /// checkpoint.</exception>
    public void Sync()
    {
        if (_failure != null)
            throw new IOException($"The store in '{directory}' could not be written: {_failure.Message}", _failure);
        List<int> segments;
        lock (_lock)
        {
            segments = [.. _unsynced];
            _unsynced.Clear();
        }
        foreach (var segment in segments)
        {
            gate.OnSync(PathOf(segment));
            DiskSync.Data(Open(segment));
        }
        DiskSync.Directory(directory);
    }

    /// <summary>Gives back the space behind an address: what a checkpoint that failed or never ended had written.</summary>
    public void Cut(long address)
    {
        for (var segment = (int)(address / segmentSize); File.Exists(PathOf(segment)); segment++)
        {
            var keep = Math.Max(0, address - segment * segmentSize);
            if (GetFileSize(segment) > keep)
                RandomAccess.SetLength(Open(segment), keep);
        }
    }

    /// <summary>A store is replaced as a whole; see <see cref="RecordStore"/>.</summary>
    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) => callback(result);

    public override long GetFileSize(int segment) => new FileInfo(PathOf(segment)) is { Exists: true } file ? file.Length : 0;

    public override void Dispose()
    {
        lock (_lock)
        {
            foreach (var file in _open.Values)
                file.Dispose();
            _open.Clear();
        }
    }

    private string PathOf(int segment) => GetSegmentFilename(FileName, segment);

    private SafeFileHandle Open(int segment)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(segment, out var file))
                return file;
            const FileShare Anyone = FileShare.ReadWrite | FileShare.Delete;
            return _open[segment] = File.OpenHandle(PathOf(segment), FileMode.OpenOrCreate, FileAccess.ReadWrite, Anyone);
        }
    }
}
