using Pipeline.Journal;

namespace Pipeline.Functions.Tests.Hosting;

/// <summary>A log in memory that commits when asked, or only when the test says so, and fails on demand.</summary>
internal sealed class MemoryLog : IDurableLog
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, byte[]> _entries = [];
    private readonly List<(long Sequence, TaskCompletionSource Done)> _waiters = [];

    /// <summary>Commits wait for <see cref="Commit"/>.</summary>
    public bool Manual { get; init; }

    public long FirstSequence { get; private set; } = 1;

    public long LastSequence { get; private set; }

    public long CommittedSequence { get; private set; }

    public Exception? Failure { get; private set; }

    public Action<long>? Committed { get; set; }

    public Action<Exception>? Failed { get; set; }

    public int CommitRequests { get; private set; }

    /// <summary>What a disk says that lets no file go.</summary>
    public IOException? CutFailure { get; set; }

    public bool Disposed { get; private set; }

    public int EntryCount
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>What a new process finds when everything after <paramref name="sequence"/> is gone.</summary>
    public MemoryLog CutAfter(long sequence)
    {
        lock (_gate)
        {
            var log = new MemoryLog { Manual = Manual, FirstSequence = FirstSequence, LastSequence = sequence, CommittedSequence = sequence };
            foreach (var (number, entry) in _entries.Where(e => e.Key <= sequence))
                log._entries.Add(number, entry);
            return log;
        }
    }

    public long Append(ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (Failure is not null)
                return 0;
            _entries.Add(++LastSequence, payload.ToArray());
            return LastSequence;
        }
    }

    public void RequestCommit()
    {
        CommitRequests++;
        if (!Manual)
            Commit();
    }

    public void Commit()
    {
        lock (_gate)
        {
            if (Failure is not null)
                return;
            CommittedSequence = LastSequence;
            foreach (var waiter in _waiters.Where(w => w.Sequence <= CommittedSequence).ToList())
            {
                _waiters.Remove(waiter);
                waiter.Done.SetResult();
            }
        }

        Committed?.Invoke(CommittedSequence);
    }

    public void Fail()
    {
        lock (_gate)
        {
            Failure = new JournalFailedException("The disk is full.");
            _waiters.ForEach(w => w.Done.SetException(Failure));
            _waiters.Clear();
        }

        Failed?.Invoke(Failure);
    }

    public ValueTask WaitForCommitAsync(long sequence)
    {
        lock (_gate)
        {
            if (sequence <= CommittedSequence)
                return ValueTask.CompletedTask;
            if (Failure is not null)
                return ValueTask.FromException(Failure);
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((sequence, done));
            return new ValueTask(done.Task);
        }
    }

    public void Replay(long fromSequence, ReplayEntry handler)
    {
        foreach (var (sequence, entry) in _entries.Where(e => e.Key >= fromSequence && e.Key <= CommittedSequence))
            handler(sequence, entry);
    }

    public void TruncateThrough(long sequence)
    {
        lock (_gate)
        {
            if (sequence > CommittedSequence)
                throw new ArgumentOutOfRangeException(nameof(sequence), sequence, "Not committed yet.");
            if (CutFailure is not null)
                throw CutFailure;
            while (FirstSequence <= sequence)
                _entries.Remove(FirstSequence++);
        }
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        if (Manual && Failure is null)
            Commit();
        return ValueTask.CompletedTask;
    }
}
