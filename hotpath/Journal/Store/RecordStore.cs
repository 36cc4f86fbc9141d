using Pipeline.Journal.Disk;
using Pipeline.Journal.Recovery;

namespace Pipeline.Journal.Store;

/// <summary>
/// Records by 64-bit key on FasterKV. A checkpoint counts from the moment its <see cref="CheckpointFile"/> is in place; whatever was
/// written after the last one vanishes on recovery, so there is never a mixture. When outdated versions outweigh the live records, the
/// next checkpoint writes the live ones into a new folder (a generation), which the same file switches to. One checkpoint at a time;
/// reading is safe from any thread, under a lock that a checkpoint holds only while it switches generations.
/// </summary>
internal sealed class RecordStore : IDisposable
{
    private const long RewriteFloorBytes = 16 << 20;
    private const long RewriteRatio = 4;
    private const int RecordOverheadBytes = 32;
    private readonly string _directory;
    private readonly DiskGate _gate;
    private readonly Lock _reading = new();
    private StoreGeneration? _current;
    private Dictionary<ulong, long> _live = [];
    private RecordTotals _totals;
    private long _generation;

    private RecordStore(string directory, DiskGate gate)
    {
        _directory = directory;
        _gate = gate;
    }

    /// <summary>Sequence that the last completed checkpoint covers; 0 when there is none.</summary>
    public long Sequence { get; private set; }

    public long Count => _totals.Count;

    /// <summary>Size of the record log in memory and on disk, bytes.</summary>
    public long LogBytes => _current?.LogBytes ?? 0;

    /// <summary>
    /// Opens what is in the directory and verifies every live record; the store is null when there is none or it is damaged.
    /// </summary>
    public static (StoreReading Reading, RecordStore? Store) Read(string directory, DiskGate gate)
    {
        // Empty folders are what a first start leaves that got no further.
        var exists = Directory.Exists(directory) && Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Any();
        var store = new RecordStore(directory, gate);
        try
        {
            return store.TryLoad()
                ? (new StoreReading(directory, true, store.Sequence, null), store)
                : (new StoreReading(directory, exists, 0, null), null);
        }
        catch (Exception damage)
        {
            // FASTER throws whatever its parsing of damaged bytes leads to.
            store.Dispose();
            return (new StoreReading(directory, true, 0, damage.Message.TrimEnd('.')), null);
        }
    }

    /// <summary>Begins an empty store in an empty or missing directory.</summary>
    public static RecordStore Create(string directory, DiskGate gate)
    {
        Directory.CreateDirectory(directory);
        DiskSync.Directory(Path.GetDirectoryName(Path.GetFullPath(directory))!);
        var store = new RecordStore(directory, gate);
        store.Load();
        return store;
    }

    /// <summary>The live records at the checkpoint that was recovered, streamed; before the next checkpoint only.</summary>
    public IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Image() => Current.Enumerate(_live);

    public byte[]? TryRead(ulong key)
    {
        lock (_reading)
            return Current.Read(key);
    }

    /// <summary>
    /// Applies deletes, then upserts, and makes the result durable as the state at <paramref name="sequence"/>. When it throws, the store
    /// is as after the last completed checkpoint, and the next call has to bring these changes again.
    /// </summary>
    public void Checkpoint(
        long sequence, IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> upserts, IEnumerable<ulong> deletes)
    {
        StoreGeneration? rewritten = null;
        try
        {
            if (_current == null)
                Load();
            _live = [];
            var totals = Apply(Current, upserts, deletes);
            _gate.OnStage("records written");
            if (IsMostlyOutdated(totals))
                rewritten = Rewrite(Current);
            var (token, metadata) = (rewritten ?? Current).FlushAsync().GetAwaiter().GetResult();
            _gate.OnStage("records flushed");
            var generation = rewritten == null ? _generation : _generation + 1;
            new CheckpointFile(sequence, generation, totals, token, metadata).Write(_directory, _gate);
            _totals = totals;
            Sequence = sequence;
        }
        catch
        {
            rewritten?.Dispose();
            Reload();
            throw;
        }
        if (rewritten != null)
            Switch(rewritten);
    }

    /// <summary>Removes what a checkpoint that failed or never ended has left, so that it does not keep a full disk full.</summary>
    public void CutRemains()
    {
        Current.CutRemains();
        foreach (var path in Directory.EnumerateDirectories(_directory).Where(p => p != Current.Path))
            Directory.Delete(path, recursive: true);
        File.Delete(CheckpointFile.PathIn(_directory) + AtomicFile.NextSuffix);
    }

    /// <summary>Makes the store count as the state at a later sequence, its records unchanged.</summary>
    public void Relabel(long sequence)
    {
        var checkpoint = CheckpointFile.TryRead(_directory) ?? new CheckpointFile(sequence, _generation, _totals, Guid.Empty, []);
        (checkpoint with { Sequence = sequence }).Write(_directory, _gate);
        Sequence = sequence;
    }

    public void Dispose()
    {
        lock (_reading)
        {
            _current?.Dispose();
            _current = null;
        }
    }

    private StoreGeneration Current => _current ?? throw new IOException($"The store in '{_directory}' is not available.");

    private static RecordTotals Apply(StoreGeneration target, RecordTotals totals, ulong key, ReadOnlySpan<byte> value)
    {
        if (value.Length > StoreGeneration.MaxValueBytes)
        {
            throw new ArgumentException(
                $"The record with key {key:x16} has {value.Length} bytes; at most {StoreGeneration.MaxValueBytes} are stored.");
        }
        var old = target.ReadAsWriter(key);
        if (old != null && value.SequenceEqual(old))
            return totals;
        target.Upsert(key, value);
        return (old == null ? totals : totals.Remove(key, old)).Add(key, value);
    }

    private RecordTotals Apply(
        StoreGeneration target, IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> upserts, IEnumerable<ulong> deletes)
    {
        var totals = _totals;
        foreach (var key in deletes)
        {
            if (target.ReadAsWriter(key) is not { } old)
                continue;
            target.Delete(key);
            totals = totals.Remove(key, old);
        }
        foreach (var (key, value) in upserts)
            totals = Apply(target, totals, key, value.Span);
        return totals;
    }

    private bool IsMostlyOutdated(RecordTotals totals) =>
        LogBytes > RewriteFloorBytes && LogBytes > RewriteRatio * (totals.Bytes + totals.Count * RecordOverheadBytes);

    private StoreGeneration Rewrite(StoreGeneration source)
    {
        var path = StoreGeneration.PathOf(_directory, _generation + 1);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        var target = StoreGeneration.Create(path, _gate);
        try
        {
            foreach (var (key, value) in source.Enumerate(source.Locate()))
                target.Upsert(key, value.Span);
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private void Switch(StoreGeneration next)
    {
        StoreGeneration old;
        lock (_reading)
        {
            old = Current;
            _current = next;
            _generation++;
        }
        old.Dispose();
        Directory.Delete(old.Path, recursive: true);
    }

    private void Reload()
    {
        lock (_reading)
        {
            _current?.Dispose();
            _current = null;
            Load();
            CutRemains();
        }
    }

    private void Load()
    {
        if (TryLoad())
            return;
        _totals = default;
        _generation = 1;
        var path = StoreGeneration.PathOf(_directory, _generation);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        _current = StoreGeneration.Create(path, _gate);
    }

    private bool TryLoad()
    {
        if (CheckpointFile.TryRead(_directory) is not { } checkpoint)
            return false;
        var path = StoreGeneration.PathOf(_directory, checkpoint.Generation);
        if (!Directory.Exists(path))
            throw new InvalidDataException($"'{path}' is missing.");
        _current = StoreGeneration.Recover(path, checkpoint, _gate);
        _live = _current.Locate();
        _totals = default;
        foreach (var (key, value) in _current.Enumerate(_live))
            _totals = _totals.Add(key, value.Span);
        if (_totals != checkpoint.Totals)
        {
            throw new InvalidDataException(
                $"'{path}' holds {_totals.Count} records that differ from the {checkpoint.Totals.Count} of the checkpoint");
        }
        _generation = checkpoint.Generation;
        Sequence = checkpoint.Sequence;
        return true;
    }
}
