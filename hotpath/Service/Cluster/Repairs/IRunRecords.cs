using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Repairs;

/// <summary>Where a cluster keeps the runs: for operators to see, and for a leader without the journal of the one before it. Several threads may call. What the cluster refuses now, or does not answer, is a <see cref="Pipeline.Contracts.HotpathUnavailableException"/>.</summary>
public interface IRunRecords
{
    /// <summary>Ended runs that are kept, the newest; one that holds its node is kept beside them.</summary>
    int EndedRuns { get; }

    /// <summary>All that are kept now; none when the cluster cannot keep any. Waits until they can be read: runs that are not known would be begun anew.</summary>
    Task<IReadOnlyList<RunRecord>> ListAsync(CancellationToken cancellation);

    /// <summary>Every record that is there, and from then on each that others change or delete.</summary>
    IAsyncEnumerable<RecordChange> WatchAsync(CancellationToken cancellation);

    /// <summary>Makes the record say what the run is. Nothing is written when it does already. Waits until the cluster can keep records.</summary>
    /// <param name="sequence">Of the snapshot that the run is from.</param>
    Task WriteAsync(Run run, long sequence, CancellationToken cancellation);

    /// <summary>A record that is gone already is none the less.</summary>
    Task DeleteAsync(string run, CancellationToken cancellation);
}

/// <param name="Run">What is kept of the run; null when it cannot be read.</param>
/// <param name="Problem">Why not, with the name of the field.</param>
public sealed record RunRecord(string Id, Run? Run, string Problem);

/// <param name="Exists">False: the record is gone.</param>
public readonly record struct RecordChange(string Id, bool Exists);
