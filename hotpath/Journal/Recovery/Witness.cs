using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal;

/// <summary>
/// A small memory-mapped file, independent of FASTER, that remembers how far the log was acknowledged. Two slots of 64 bytes with a CRC
/// are written in turn, so that a write cut short leaves the one before it.
/// <para>
/// Under kill -9 it is exact: the commit thread stores the sequence in the mapping before anyone is told, and the kernel keeps mapped
/// pages of a dead process. Under power loss it may be older by what was written since the last flush (at most about a second, and
/// never older than the last checkpoint). It is therefore always a lower bound of what was acknowledged: it never raises a false alarm,
/// and it can miss only what both the log and the last second of the witness lost together.
/// </para>
/// </summary>
public sealed unsafe class Witness : IDisposable
{
    private const int FileBytes = 4096;
    private const int SlotBytes = 64;
    private const uint Magic = 0x31544957;
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly DiskGate _gate;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private WitnessState _state;
    private ulong _generation;
    private bool _dirty;
    private bool _disposed;

    private Witness(string path, WitnessState state, ulong generation, DiskGate gate)
    {
        _path = path;
        _gate = gate;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, FileBytes);
        _view = _file.CreateViewAccessor(0, FileBytes);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        _state = state;
        _generation = generation;
    }

    public WitnessState State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    /// <summary>Reads the newer of the two slots; null when the file is missing or neither slot is intact.</summary>
    public static WitnessState? TryRead(string path) => TryRead(path, out _);

    /// <summary>Opens a file that <see cref="TryRead(string)"/> can read.</summary>
    /// <exception cref="InvalidDataException">Neither slot is intact.</exception>
    public static Witness Open(string path) => Open(path, DiskGate.Open);

    internal static Witness Open(string path, DiskGate gate) =>
        TryRead(path, out var generation) is { } state
            ? new Witness(path, state, generation, gate)
            : throw new InvalidDataException($"The witness '{path}' is damaged.");

    /// <summary>Makes a new file, durably, in place of any that is there.</summary>
    public static Witness Create(string path, WitnessState state) => Create(path, state, DiskGate.Open);

    internal static Witness Create(string path, WitnessState state, DiskGate gate)
    {
        // Written out in full: a store into a mapped hole on a full disk would kill the process.
        var content = new byte[FileBytes];
        Write(content, state, generation: 1);
        AtomicFile.Replace(path, content, gate);
        return new Witness(path, state, generation: 1, gate);
    }

    public void Commit(long sequence)
    {
        lock (_lock)
        {
            if (sequence > _state.Committed)
                Store(_state with { Committed = sequence });
        }
    }

    /// <summary>Records where the log begins and forces it to the disk, before what lies in front of it may go.</summary>
    public void Keep(long firstSequence)
    {
        lock (_lock)
            Store(_state with { First = firstSequence });
        Force();
    }

    /// <summary>Records a checkpoint and forces it to the disk.</summary>
    public void Checkpoint(long sequence, long records)
    {
        lock (_lock)
            Store(_state with { Checkpoint = sequence, Records = records });
        Flush();
    }

    /// <summary>Forces to the disk what was written since the last flush.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_disposed || !_dirty)
                return;
            _dirty = false;
        }
        Force();
    }

    public void Dispose()
    {
        try
        {
            Flush();
        }
        catch (IOException)
        {
            // An older one is still a lower bound.
        }
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    private void Force()
    {
        _gate.OnSync(_path);
        _view.Flush();
    }

    private void Store(in WitnessState state)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _state = state;
        _generation++;
        var slot = new Span<byte>(_base + (_generation & 1) * SlotBytes, SlotBytes);
        Write(slot, state, _generation);
        _dirty = true;
    }

    private static void Write(Span<byte> slot, in WitnessState state, ulong generation)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], generation);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], state.LogId);
        BinaryPrimitives.WriteInt64LittleEndian(slot[24..], state.Committed);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], state.First);
        BinaryPrimitives.WriteInt64LittleEndian(slot[40..], state.Checkpoint);
        BinaryPrimitives.WriteInt64LittleEndian(slot[48..], state.Records);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[4..], Crc32C.Append(Crc32C.Start, slot[8..SlotBytes]));
    }

    private static WitnessState? TryRead(string path, out ulong generation)
    {
        generation = 0;
        if (!File.Exists(path))
            return null;
        var content = new byte[2 * SlotBytes];
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            RandomAccess.Read(file, content, 0);
        WitnessState? newest = null;
        for (var at = 0; at < content.Length; at += SlotBytes)
        {
            var slot = content.AsSpan(at, SlotBytes);
            var intact = BinaryPrimitives.ReadUInt32LittleEndian(slot) == Magic
                && BinaryPrimitives.ReadUInt32LittleEndian(slot[4..]) == Crc32C.Append(Crc32C.Start, slot[8..]);
            var stamp = BinaryPrimitives.ReadUInt64LittleEndian(slot[8..]);
            if (!intact || stamp <= generation)
                continue;
            generation = stamp;
            newest = new WitnessState(
                BinaryPrimitives.ReadUInt64LittleEndian(slot[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[40..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[48..]));
        }
        return newest;
    }
}
