using FASTER.core;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Store;

/// <summary>
/// Hands FASTER the metadata of the checkpoint to recover, and catches those of the next one, which then go into <see
/// cref="CheckpointFile"/>.
/// </summary>
internal sealed class CheckpointCatcher(string directory, Guid token, byte[] metadata) : ICheckpointManager
{
    private Guid _token = token;
    private byte[] _metadata = metadata;

    public (Guid Token, byte[] Metadata) Latest => (_token, _metadata);

    public void CommitLogCheckpoint(Guid logToken, byte[] commitMetadata)
    {
        _token = logToken;
        _metadata = commitMetadata;
    }

    public byte[] GetLogCheckpointMetadata(Guid logToken, DeltaLog deltaLog, bool scanDelta = false, long recoverTo = -1) => _metadata;

    public IEnumerable<Guid> GetLogCheckpointTokens() => [_token];

    public IEnumerable<Guid> GetIndexCheckpointTokens() => [];

    public void InitializeIndexCheckpoint(Guid indexToken)
    {
    }

    public void InitializeLogCheckpoint(Guid logToken)
    {
    }

    public void CheckpointVersionShift(long oldVersion, long newVersion)
    {
    }

    public void Purge(Guid token)
    {
    }

    public void PurgeAll()
    {
    }

    public void OnRecovery(Guid indexToken, Guid logToken)
    {
    }

    public void Dispose()
    {
    }

    /// <summary>FASTER looks by its size whether there is a delta log; there never is.</summary>
    public IDevice GetDeltaLogDevice(Guid token) => new StoreDevice(directory, "deltas", DiskGate.Open);

    // Only log checkpoints of the fold-over kind are taken, which use none of the following.
    public void CommitIndexCheckpoint(Guid indexToken, byte[] commitMetadata) => throw new NotSupportedException();

    public void CommitLogIncrementalCheckpoint(Guid logToken, long version, byte[] commitMetadata, DeltaLog deltaLog) =>
        throw new NotSupportedException();

    public byte[] GetIndexCheckpointMetadata(Guid indexToken) => throw new NotSupportedException();

    public IDevice GetIndexDevice(Guid indexToken) => throw new NotSupportedException();

    public IDevice GetSnapshotLogDevice(Guid token) => throw new NotSupportedException();

    public IDevice GetSnapshotObjectLogDevice(Guid token) => throw new NotSupportedException();
}
