using FASTER.core;

namespace Pipeline.Journal.Log;

/// <summary>
/// Stands where FASTER keeps its commit metadata, and keeps none: the entries themselves say what is durable, so there is no file whose
/// damage could hide them. On opening it hands FASTER the begin and tail that <see cref="LogScan"/> found.
/// </summary>
internal sealed class RecoveredCommit(long beginAddress, long tailAddress) : ILogCommitManager
{
    private const long OnlyCommit = 1;

    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
    }

    public byte[] GetCommitMetadata(long commitNum) =>
        new FasterLogRecoveryInfo { BeginAddress = beginAddress, UntilAddress = tailAddress, CommitNum = commitNum }.ToByteArray();

    public IEnumerable<long> ListCommits() => [OnlyCommit];

    public void RemoveCommit(long commitNum)
    {
    }

    public void RemoveAllCommits()
    {
    }

    public void OnRecovery(long commitNum)
    {
    }

    public void Dispose()
    {
    }
}
