using System.Collections.Concurrent;
using System.Threading.Channels;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Records of runs in memory, which a test may change behind the back of those who write them.</summary>
internal sealed class FakeRecords : IRunRecords
{
    private readonly ConcurrentDictionary<string, RunRecord> _records = new(StringComparer.Ordinal);
    private readonly Channel<RecordChange> _changes = Channel.CreateUnbounded<RecordChange>();
    private readonly SemaphoreSlim _called = new(0);
    private int _writes;
    private int _lists;

    public int EndedRuns { get; init; } = 200;

    public int Writes => _writes;

    public int Lists => _lists;

    /// <summary>How many of the next writes fail.</summary>
    public int Failing;

    public IEnumerable<string> Ids => _records.Keys.Order();

    public Run? Find(string id) => _records.GetValueOrDefault(id)?.Run;

    /// <summary>Somebody else writes, or with null deletes, a record.</summary>
    public void Change(string id, Run? run, string problem = "")
    {
        var exists = run is not null || problem.Length > 0;
        if (exists)
            _records[id] = new RunRecord(id, run, problem);
        else
            _records.TryRemove(id, out _);
        _changes.Writer.TryWrite(new RecordChange(id, exists));
    }

    public async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
            Assert.True(await _called.WaitAsync(TimeSpan.FromSeconds(20)), $"It did not come to be; there are {string.Join(", ", _records.Values)}.");
    }

    public Task<IReadOnlyList<RunRecord>> ListAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _lists);
        return Task.FromResult<IReadOnlyList<RunRecord>>([.. _records.Values]);
    }

    public IAsyncEnumerable<RecordChange> WatchAsync(CancellationToken cancellation) => _changes.Reader.ReadAllAsync(cancellation);

    public Task WriteAsync(Run run, long sequence, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _writes);
        if (Interlocked.Decrement(ref Failing) >= 0)
            return Task.FromException(new IOException("The records are away."));
        _records[run.Id] = new RunRecord(run.Id, run, "");
        _called.Release();
        return Task.CompletedTask;
    }

    public Task DeleteAsync(string run, CancellationToken cancellation)
    {
        _records.TryRemove(run, out _);
        _changes.Writer.TryWrite(new RecordChange(run, false));
        _called.Release();
        return Task.CompletedTask;
    }
}
