using System.Globalization;
using System.Numerics;
using FASTER.core;
using Pipeline.Journal.Disk;
using Session = FASTER.core.ClientSession<
    long, FASTER.core.SpanByte, FASTER.core.SpanByte, byte[], FASTER.core.Empty, Pipeline.Journal.Store.RecordFunctions>;

namespace Pipeline.Journal.Store;

/// <summary>
/// One FasterKV instance in one folder, with one session for the writer and one for readers, each used by one thread at a time.
/// </summary>
internal sealed class StoreGeneration : IDisposable
{
    public const int MaxValueBytes = PageBytes - 64;

    private const int PageBytes = 2 << 20;
    private const int MemoryBytes = 4 * PageBytes;
    private const int SegmentBytes = 16 << 20;
    private const long LeastIndexBytes = 1 << 20;
    private const long MostIndexBytes = 64 << 20;
    private const int IndexBytesPerRecord = 16;
    private readonly StoreDevice _device;
    private readonly CheckpointCatcher _catcher;
    private readonly FasterKV<long, SpanByte> _store;
    private readonly Session _writer;
    private readonly Session _reader;
    private byte[] _buffer = new byte[4096];

    private StoreGeneration(string directory, CheckpointFile? recovered, DiskGate gate)
    {
        Directory.CreateDirectory(directory);
        DiskSync.Directory(System.IO.Path.GetDirectoryName(directory)!);
        Path = directory;
        _device = new StoreDevice(directory, "records", gate);
        _catcher = new CheckpointCatcher(directory, recovered?.Token ?? Guid.Empty, recovered?.Metadata ?? []);
        var index = (long)BitOperations.RoundUpToPowerOf2((ulong)((recovered?.Totals.Count ?? 0) * IndexBytesPerRecord));
        _store = new FasterKV<long, SpanByte>(new FasterKVSettings<long, SpanByte>
        {
            LogDevice = _device,
            IndexSize = Math.Clamp(index, LeastIndexBytes, MostIndexBytes),
            PageSize = PageBytes,
            MemorySize = MemoryBytes,
            SegmentSize = SegmentBytes,
            CheckpointManager = _catcher,
            ConcurrencyControlMode = ConcurrencyControlMode.None,
            TryRecoverLatest = false,
        });
        if (recovered is { Metadata.Length: > 0 })
            _store.Recover();
        _writer = NewSession();
        _reader = NewSession();
    }

    public string Path { get; }

    public long LogBytes => _store.Log.TailAddress - _store.Log.BeginAddress;

    public static string PathOf(string storeDirectory, long generation) =>
        System.IO.Path.Combine(storeDirectory, "records." + generation.ToString("D6", CultureInfo.InvariantCulture));

    public static StoreGeneration Create(string directory, DiskGate gate) => new(directory, null, gate);

    public static StoreGeneration Recover(string directory, CheckpointFile checkpoint, DiskGate gate) => new(directory, checkpoint, gate);

    /// <summary>The newest value, of a checkpoint still being written too. One reader at a time.</summary>
    public byte[]? Read(ulong key) => Read(_reader, key);

    /// <summary>As <see cref="Read(ulong)"/>, for the writing thread.</summary>
    public byte[]? ReadAsWriter(ulong key) => Read(_writer, key);

    public unsafe void Upsert(ulong key, ReadOnlySpan<byte> value)
    {
        var bytes = RecordCodec.HeaderBytes + value.Length;
        if (_buffer.Length < bytes)
            _buffer = new byte[bytes * 2];
        RecordCodec.Encode(key, value, _buffer);
        var id = (long)key;
        fixed (byte* stored = _buffer)
        {
            var span = SpanByte.FromPointer(stored, bytes);
            _writer.Upsert(ref id, ref span);
        }
    }

    public void Delete(ulong key)
    {
        var id = (long)key;
        _writer.Delete(ref id);
    }

    /// <summary>Flushes everything written so far and describes it; it counts only once <see cref="CheckpointFile"/> says so.</summary>
    public async Task<(Guid Token, byte[] Metadata)> FlushAsync()
    {
        var (started, _) = await _store.TakeHybridLogCheckpointAsync(CheckpointType.FoldOver).ConfigureAwait(false);
        if (!started)
            throw new IOException($"The store in '{Path}' is busy with another checkpoint.");
        _device.Sync();
        return _catcher.Latest;
    }

    /// <summary>Gives back the space of what was written after the checkpoint that was recovered.</summary>
    public void CutRemains() => _device.Cut((_store.Log.TailAddress + PageBytes - 1) & -PageBytes);

    /// <summary>Where the live version of each key lies.</summary>
    public Dictionary<ulong, long> Locate()
    {
        var live = new Dictionary<ulong, long>();
        using var scan = _store.Log.Scan(_store.Log.BeginAddress, _store.Log.TailAddress);
        while (scan.GetNext(out var info))
        {
            var key = (ulong)scan.GetKey();
            if (info.Tombstone)
                live.Remove(key);
            else
                live[key] = scan.CurrentAddress;
        }
        return live;
    }

    /// <summary>Streams the live records in the order in which they were written.</summary>
    /// <exception cref="InvalidDataException">A record is not what was stored.</exception>
    public IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Enumerate(Dictionary<ulong, long> live)
    {
        using var scan = _store.Log.Scan(_store.Log.BeginAddress, _store.Log.TailAddress);
        while (scan.GetNext(out _))
        {
            var key = (ulong)scan.GetKey();
            if (live.TryGetValue(key, out var address) && address == scan.CurrentAddress)
                yield return new(key, RecordCodec.Decode(key, scan.GetValue().AsReadOnlySpan()).ToArray());
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _store.Dispose();
        _device.Dispose();
    }

    private static byte[]? Read(Session session, ulong key)
    {
        var id = (long)key;
        byte[] stored = [];
        var status = session.Read(ref id, ref stored);
        if (status.IsPending)
        {
            session.CompletePendingWithOutputs(out var completed, wait: true);
            using (completed)
            {
                if (!completed.Next())
                    return null;
                status = completed.Current.Status;
                stored = completed.Current.Output;
            }
        }
        if (status.IsFaulted)
            throw new IOException($"The record with key {key:x16} cannot be read.");
        return status.Found ? RecordCodec.Decode(key, stored).ToArray() : null;
    }

    private Session NewSession() => _store.For(new RecordFunctions()).NewSession<RecordFunctions>();
}
