using System.Diagnostics.CodeAnalysis;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Recovery;
using Pipeline.Journal.Store;

namespace Pipeline.Journal;

/// <summary>
/// Everything durable in one directory: <c>journal/</c> (the log), <c>store/</c> (records at the last checkpoint), <c>witness</c>
/// (how far both were acknowledged), <c>lock</c>, and <c>damaged/</c> for what a loss left behind. Who recovers opens it with a
/// <see cref="StateReader"/>.
/// </summary>
public sealed class DurableState : IAsyncDisposable
{
    private readonly DurableLog _log;
    private readonly RecordStore _store;
    private readonly Witness _witness;
    private readonly DiskGate _gate;
    private readonly Stack<IDisposable> _owned;
    private readonly SemaphoreSlim _checkpointing = new(1, 1);
    private bool _disposed;

    internal DurableState(DurableLog log, RecordStore store, Witness witness, DiskGate gate, Stack<IDisposable> owned, LossReport? loss)
    {
        _log = log;
        _store = store;
        _witness = witness;
        _gate = gate;
        _owned = owned;
        Loss = loss;
    }

    public IDurableLog Log => _log;

    /// <summary>Sequence that the last completed checkpoint covers; 0 when there is none.</summary>
    public long CheckpointSequence => _store.Sequence;

    /// <summary>Records in the store.</summary>
    public long RecordCount => _store.Count;

    /// <summary>What was given up on opening, when loss was accepted; otherwise null.</summary>
    public LossReport? Loss { get; }

    /// <summary>The largest record, bytes.</summary>
    public static int MaxRecordBytes => StoreGeneration.MaxValueBytes;

    /// <summary>Opens or creates the state in a directory.</summary>
    /// <param name="reader">Null: nobody wants to know what it holds.</param>
    /// <exception cref="DataMissingException">Acknowledged data are gone and loss was not accepted; nothing was changed.</exception>
    /// <exception cref="LaterVersionException">A later version has written here; nothing was changed.</exception>
    /// <exception cref="DirectoryInUseException">Another instance has the directory open.</exception>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static DurableState Open(DurableStateOptions options, StateReader? reader = null) => StateOpening.Open(options, reader);

    /// <summary>Reads the newest value that a checkpoint, finished or running, brought. Safe from any thread; readers take turns.</summary>
    /// <exception cref="InvalidDataException">The record fails its checksum.</exception>
    public bool TryRead(ulong key, [MaybeNullWhen(false)] out byte[] value)
    {
        value = _store.TryRead(key);
        return value != null;
    }

    /// <summary>
    /// Applies <paramref name="deletes"/>, then <paramref name="upserts"/>, makes the store durable as the state at
    /// <paramref name="sequence"/>, and cuts the log behind it. Runs on a thread of its own and never holds up an append; calls take turns.
    /// A crash leaves the checkpoint before or this one. When it throws (a full disk, say), the checkpoint before still holds and the next
    /// call has to bring these changes again.
    /// </summary>
    /// <param name="sequence">A committed sequence, not below <see cref="CheckpointSequence"/>.</param>
    /// <param name="upserts">Records that changed since the last completed checkpoint, enumerated once on the checkpoint's thread; a value
    /// is used only until the enumerator moves on.</param>
    /// <param name="deletes">Keys of records that are gone since then.</param>
    public async Task CheckpointAsync(
        long sequence, IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> upserts, IEnumerable<ulong> deletes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, _log.CommittedSequence);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, CheckpointSequence);
        await _checkpointing.WaitAsync().ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await Task.Factory.StartNew(
                () => Checkpoint(sequence, upserts, deletes),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    /// <summary>Waits for a running checkpoint, commits what was appended, then closes log, witness, store and lock.</summary>
    public async ValueTask DisposeAsync()
    {
        await _checkpointing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_disposed)
                return;
            _disposed = true;
            await _log.DisposeAsync().ConfigureAwait(false);
            foreach (var resource in _owned)
                resource.Dispose();
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    private void Checkpoint(long sequence, IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> upserts, IEnumerable<ulong> deletes)
    {
        _store.Checkpoint(sequence, upserts, deletes);
        _gate.OnStage("checkpoint in place");
        _witness.Checkpoint(sequence, _store.Count);
        _gate.OnStage("witness updated");
        _log.TruncateThrough(sequence);
        _gate.OnStage("log cut");
    }
}
