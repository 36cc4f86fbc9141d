using Pipeline.Journal;

namespace Pipeline.TestDoubles.Journal;

/// <summary>
/// A log in memory that fails on purpose. Commits happen inside <see cref="RequestCommit"/>, on the caller's thread, unless
/// <see cref="HoldCommits"/> is set; then <see cref="CompleteCommit"/> lets one through. <see cref="Crash"/> gives the log that the next
/// process would find. Safe from several threads; callbacks run outside its lock.
/// </summary>
public sealed class FaultyLog : IDurableLog
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _entries = [];
    private readonly List<(long Sequence, TaskCompletionSource Waiter)> _waiters = [];
    private long _first = 1;
    private long _committed;
    private long _committedBefore;
    private bool _appended;
    private bool _commitPending;
    private Exception? _failNext;
    private Exception? _failure;

    /// <summary>When set, requested commits wait for <see cref="CompleteCommit"/>.</summary>
    public bool HoldCommits { get; set; }

    /// <summary>How often a caller wanted to commit by itself.</summary>
    public int CallerCommits { get; private set; }

    /// <summary>Commits that reached the disk.</summary>
    public int CommitCount { get; private set; }

    /// <summary>True when a commit was requested and is held.</summary>
    public bool CommitPending
    {
        get
        {
            lock (_lock)
                return _commitPending;
        }
    }

    public long FirstSequence
    {
        get
        {
            lock (_lock)
                return _first;
        }
    }

    public long LastSequence
    {
        get
        {
            lock (_lock)
                return _first + _entries.Count - 1;
        }
    }

    public long CommittedSequence
    {
        get
        {
            lock (_lock)
                return _committed;
        }
    }

    public Exception? Failure
    {
        get
        {
            lock (_lock)
                return _failure;
        }
    }

    public Action<long>? Committed { get; set; }

    public Action<Exception>? Failed { get; set; }

    public long Append(ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (_failure != null)
                return 0;
            _appended = true;
            _entries.Add(payload.ToArray());
            return _first + _entries.Count - 1;
        }
    }

    public void RequestCommit()
    {
        lock (_lock)
        {
            _commitPending = true;
            if (HoldCommits)
                return;
        }
        CompleteCommit();
    }

    public bool TryCommit()
    {
        lock (_lock)
        {
            CallerCommits++;
            // A held commit is one that another thread is at.
            if (HoldCommits || _failure != null)
                return false;
            _commitPending = true;
        }
        CompleteCommit();
        return true;
    }

    /// <summary>Performs the commit that was requested, of everything appended until now; without a request it does nothing.</summary>
    public void CompleteCommit()
    {
        List<TaskCompletionSource> done;
        long reached;
        Exception? failure;
        lock (_lock)
        {
            if (!_commitPending || _failure != null)
                return;
            _commitPending = false;
            failure = _failNext == null ? null : _failure = new JournalFailedException("The commit failed on purpose.", _failNext);
            reached = _first + _entries.Count - 1;
            if (failure == null && reached > _committed)
            {
                _committedBefore = _committed;
                _committed = reached;
                CommitCount++;
            }
            done = TakeWaiters(w => failure != null || w <= reached);
        }
        foreach (var waiter in done)
        {
            if (failure == null)
                waiter.SetResult();
            else
                waiter.SetException(failure);
        }
        if (failure == null)
            Committed?.Invoke(reached);
        else
            Failed?.Invoke(failure);
    }

    /// <summary>Makes the next commit fail, and with it the log.</summary>
    public void FailNextCommit(Exception? cause = null)
    {
        lock (_lock)
            _failNext = cause ?? new IOException("No space left on device");
    }

    public ValueTask WaitForCommitAsync(long sequence)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, _first + _entries.Count - 1);
            if (sequence <= _committed)
                return ValueTask.CompletedTask;
            if (_failure != null)
                return ValueTask.FromException(_failure);
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((sequence, waiter));
            return new ValueTask(waiter.Task);
        }
    }

    public void Replay(long fromSequence, ReplayEntry handler)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, FirstSequence);
        if (_appended)
            throw new InvalidOperationException("Replay comes before the first append.");
        for (var sequence = fromSequence; sequence <= CommittedSequence; sequence++)
            handler(sequence, _entries[(int)(sequence - _first)]);
    }

    public void TruncateThrough(long sequence)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, _committed);
            var count = (int)Math.Max(0, sequence - _first + 1);
            _entries.RemoveRange(0, count);
            _first += count;
        }
    }

    /// <summary>The log that the next process finds. This one fails whoever still waits, and takes no more entries.</summary>
    /// <param name="kind">What is left.</param>
    /// <param name="survivors">How many entries after the last commit survive with <see cref="CrashKind.UncommittedSurvives"/>.</param>
    public FaultyLog Crash(CrashKind kind = CrashKind.Clean, int survivors = 0)
    {
        var next = new FaultyLog();
        lock (_lock)
        {
            var end = kind switch
            {
                CrashKind.LosesLastCommit => _committedBefore,
                CrashKind.UncommittedSurvives => Math.Min(_committed + survivors, _first + _entries.Count - 1),
                _ => _committed,
            };
            next._first = _first;
            next._entries.AddRange(_entries.Take((int)Math.Max(0, end - _first + 1)));
            next._committed = next._committedBefore = Math.Max(end, _first - 1);
        }
        End(new JournalFailedException("The process crashed."));
        return next;
    }

    public ValueTask DisposeAsync()
    {
        if (!HoldCommits)
            RequestCommit();
        End(new JournalFailedException("The log is closed."));
        return ValueTask.CompletedTask;
    }

    private void End(JournalFailedException reason)
    {
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            _failure ??= reason;
            waiting = TakeWaiters(_ => true);
        }
        foreach (var waiter in waiting)
            waiter.SetException(reason);
    }

    private List<TaskCompletionSource> TakeWaiters(Func<long, bool> which)
    {
        var taken = _waiters.Where(w => which(w.Sequence)).Select(w => w.Waiter).ToList();
        _waiters.RemoveAll(w => which(w.Sequence));
        return taken;
    }
}
