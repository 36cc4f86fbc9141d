using Microsoft.Extensions.Logging;
using Pipeline.Journal.Log;

namespace Pipeline.Journal;

/// <summary>
/// The log on FASTER. Appending is safe from several threads, although one is expected; it is no more than a copy into a stage, because
/// whoever decides appends, and to enter an entry into FASTER takes as long as to decide. One thread at a time commits: a dedicated one,
/// or a caller's that finds nobody at it (<see cref="TryCommit"/>). It puts what is staged into FASTER, makes it flush, performs the writes
/// and the fdatasync itself (see LogDevice) and then tells everyone, so a durable append costs two thread switches beside the disk, or none.
/// What is durable is read from the entries, never from commit metadata, of which there is none.
/// </summary>
public sealed class DurableLog : IDurableLog
{
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(30);

    // FASTER hands out a freed page, and runs a postponed flush, only inside a later call, so whoever waits for either calls again.
    private static readonly TimeSpan PollAgain = TimeSpan.FromMilliseconds(1);

    private readonly DurableLogOptions _options;
    private readonly SegmentFiles _files;
    private readonly Witness _witness;
    private readonly ulong _logId;
    private readonly LogMarks _marks;
    private readonly CommitWaiters _waiters = new();
    private readonly ManualResetEventSlim _wake = new(false);
    private readonly AutoResetEvent _room = new(false);
    private readonly Lock _gate = new();

    // Held by the thread that commits. Taken before _gate, never after it.
    private readonly Lock _committing = new();
    private readonly LogWriter _writer;
    private readonly Thread _committer;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IEnumerable<IDisposable> _owned = [];
    private LogStage _stage;

    // Of the thread that commits, which empties it while the other one fills.
    private LogStage _leaving;
    private long _first;
    private long _last;
    private long _written;
    private long _committed;
    private bool _appended;
    private volatile bool _callerCommits;
    private int _requested;
    private int _waitingForRoom;
    private volatile bool _stopping;
    private volatile Exception? _failure;

    private DurableLog(LogStart start)
    {
        var scan = start.Scan;
        var continues = start.Verdict.ContinuesLog;
        _options = start.Options;
        _files = scan.Files;
        _witness = start.Witness;
        _logId = start.LogId;
        _last = _written = _committed = continues ? scan.Last : start.Verdict.HighestUsed;
        _first = continues ? scan.First : _last + 1;
        var geometry = continues ? scan.Geometry : _options.Geometry;
        (_stage, _leaving) = (new LogStage(geometry.FrameBytes), new LogStage(geometry.FrameBytes));
        _marks = new LogMarks(continues ? scan.Marks : [new LogMark(LogGeometry.FirstAddress, _first)], geometry);
        _writer = new LogWriter(_files, geometry, _options.MemoryBytes, continues ? scan : null, _options.Gate, WriteQueued);
        _committer = new Thread(RunCommits) { IsBackground = true, Name = "journal commit" };
    }

    public long FirstSequence => Volatile.Read(ref _first);

    public long LastSequence => Volatile.Read(ref _last);

    public long CommittedSequence => Volatile.Read(ref _committed);

    public Exception? Failure => _failure;

    public Action<long>? Committed { get; set; }

    public Action<Exception>? Failed { get; set; }

    /// <summary>What was given up on opening, when loss was accepted; otherwise null.</summary>
    public LossReport? Loss { get; internal set; }

    /// <summary>The largest payload that <see cref="Append"/> takes, bytes.</summary>
    public int MaxPayloadBytes => _writer.Geometry.MaxEntry;

    internal ulong LogId => _logId;

    /// <summary>Opens or creates a log that stands alone, with a witness of its own beside it.</summary>
    /// <exception cref="DataMissingException">Acknowledged entries are gone and loss was not accepted.</exception>
    /// <exception cref="LaterVersionException">A later version has written here.</exception>
    /// <exception cref="DirectoryInUseException">Another instance has the directory open.</exception>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static DurableLog Open(DurableLogOptions options) => StandaloneLog.Open(options);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The payload does not fit on a page; the message names the sizes.</exception>
    public long Append(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxPayloadBytes)
        {
            throw new ArgumentException(
                $"The entry has {payload.Length} bytes; at most {MaxPayloadBytes} fit on a page of {_writer.Geometry.PageBytes}.",
                nameof(payload));
        }
        var waitingSince = 0L;
        while (_failure == null)
        {
            lock (_gate)
            {
                if (_failure == null && TryStage(payload))
                    return _last;
            }
            waitingSince = WaitForRoom(waitingSince);
        }
        return 0;
    }

    public void RequestCommit()
    {
        Volatile.Write(ref _requested, 1);
        _wake.Set();
    }

    public bool TryCommit()
    {
        if (!_committing.TryEnter())
            return false;
        try
        {
            if (_failure != null)
                return false;
            _callerCommits = true;
            CommitAppended();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
        finally
        {
            _callerCommits = false;
            _committing.Exit();
        }
        // What was queued since the last drain woke nobody.
        if (_writer.HasQueued)
            _wake.Set();
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The sequence was never given out.</exception>
    public ValueTask WaitForCommitAsync(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, LastSequence);
        return _waiters.WaitAsync(sequence);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fromSequence"/> is no longer, or not yet, in the log.</exception>
    /// <exception cref="InvalidOperationException">Something was appended already.</exception>
    /// <exception cref="InvalidDataException">An entry that was readable on opening is not any more.</exception>
    /// <remarks>Sequences are gapless, except where the operator accepted a loss: there they jump.</remarks>
    public void Replay(long fromSequence, ReplayEntry handler)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, FirstSequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fromSequence, LastSequence + 1);
        if (_appended)
            throw new InvalidOperationException("Replay comes before the first append.");
        using var cursor = new LogCursor(_files, _writer.Geometry, _marks.AddressFor(fromSequence));
        var reached = fromSequence - 1;
        while (reached < CommittedSequence && cursor.TryNext(out var frame))
        {
            if (frame.Sequence < fromSequence)
                continue;
            if (frame.First > reached + 1 && frame.Kind != FrameKind.Gap)
                break;
            reached = frame.Sequence;
            frame.Deliver(fromSequence - 1, handler);
        }
        if (reached < CommittedSequence)
            throw new InvalidDataException($"Entry {reached + 1} in '{_files.Directory}' cannot be read any more.");
    }

    public void TruncateThrough(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, CommittedSequence);
        List<long> obsolete;
        lock (_gate)
        {
            obsolete = _marks.RemoveThrough(sequence);
            Volatile.Write(ref _first, Math.Max(_first, _marks.FirstSequence));
        }
        if (obsolete.Count == 0)
            return;
        _witness.Keep(_first);
        _files.Delete(obsolete);
    }

    /// <summary>Commits what was appended, then closes: commits, FASTER, its device, what else was handed over.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping)
        {
            _stopping = true;
            _wake.Set();
        }
        await _stopped.Task.ConfigureAwait(false);
    }

    internal static DurableLog Start(LogStart start)
    {
        var log = new DurableLog(start);
        try
        {
            if (!start.Verdict.ContinuesLog)
            {
                start.Witness.Keep(log._first);
                log.AppendMark(FrameKind.Genesis, log._last, LogFrame.Magic);
            }
            else if (log._last < start.Verdict.HighestUsed)
                log.AppendMark(FrameKind.Gap, start.Verdict.HighestUsed, []);
        }
        catch (Exception failure)
        {
            log.Close();
            throw new JournalFailedException($"The journal in '{log._files.Directory}' cannot be written: {failure.Message}", failure);
        }
        log._waiters.Reach(log._committed);
        log._committer.Start();
        return log;
    }

    /// <summary>Hands over what is to be disposed after the log, in order.</summary>
    internal void Own(IEnumerable<IDisposable> resources) => _owned = resources;

    private bool TryStage(ReadOnlySpan<byte> payload)
    {
        var early = !_stage.IsHalfFull;
        if (!_stage.TryAdd(payload))
            return false;
        _appended = true;
        Volatile.Write(ref _last, _last + 1);
        // Or whoever appends without asking for commits would meet a full stage.
        if (early && _stage.IsHalfFull)
            _wake.Set();
        return true;
    }

    private void AppendMark(FrameKind kind, long sequence, ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = [.. new byte[LogFrame.HeaderBytes], .. payload];
        Write(kind, sequence, sequence, frame);
        Volatile.Write(ref _last, sequence);
        CommitAppended();
    }

    private long WaitForRoom(long since)
    {
        var now = _options.TimeProvider.GetTimestamp();
        if (since == 0)
            since = now;
        else if (_options.TimeProvider.GetElapsedTime(since, now) > StuckAfter)
            Fail(new IOException($"No memory became free in {StuckAfter}."));
        _wake.Set();
        Interlocked.Increment(ref _waitingForRoom);
        _room.WaitOne(PollAgain);
        Interlocked.Decrement(ref _waitingForRoom);
        return since;
    }

    // Seldom does anybody wait, and signalling nobody is a system call. Who is missed looks again soon.
    private void RoomMade()
    {
        if (Volatile.Read(ref _waitingForRoom) > 0)
            _room.Set();
    }

    private void RunCommits()
    {
        try
        {
            while (!_stopping && _failure == null)
            {
                _wake.Wait();
                _wake.Reset();
                // Who is about to append goes first, so that on a busy machine its entry shares this commit.
                Thread.Yield();
                lock (_committing)
                    CommitOrDrain();
            }
            lock (_committing)
            {
                if (_failure == null)
                    CommitAppended();
            }
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
        while (!_stopping)
        {
            _wake.Wait();
            _wake.Reset();
        }
        Close();
    }

    private void CommitOrDrain()
    {
        // A caller's commit may have failed while this thread waited for its turn.
        if (_failure != null)
            return;
        if (Interlocked.Exchange(ref _requested, 0) != 0)
            CommitAppended();
        else
        {
            WriteStaged();
            _writer.Drain();
        }
    }

    // A caller that commits drains what its own flush queues; waking the other thread for it would cost more than the write.
    private void WriteQueued()
    {
        if (!_callerCommits)
            _wake.Set();
    }

    private void CommitAppended()
    {
        WriteStaged();
        var target = _written;
        var address = _writer.BeginFlush();
        while (!_writer.IsFlushed(address))
        {
            if (_writer.Drain())
                continue;
            _wake.Wait(PollAgain);
            _writer.BeginFlush();
        }
        if (target == _committed)
            return;
        _witness.Commit(target);
        Volatile.Write(ref _committed, target);
        Tell(Committed, target);
        _waiters.Reach(target);
    }

    private void WriteStaged()
    {
        lock (_gate)
            (_stage, _leaving) = (_leaving, _stage);
        RoomMade();
        for (var at = 0; _leaving.TryTake(ref at, out var frame, out var count);)
            Write(FrameKind.Entries, _written + 1, _written + count, frame);
        _leaving.Clear();
    }

    private void Write(FrameKind kind, long first, long sequence, Span<byte> frame)
    {
        long address;
        while (!_writer.TryAppend(_logId, sequence, CommittedSequence, kind, frame, out address))
        {
            // Whoever waits for room gave up.
            if (_failure is { } failure)
                throw failure;
            if (!_writer.Drain())
                _wake.Wait(PollAgain);
        }
        _written = sequence;
        if (_marks.IsFirstOfSegment(address))
        {
            lock (_gate)
                _marks.Add(address, first);
        }
    }

    private void Fail(Exception cause)
    {
        var failure = new JournalFailedException($"The journal in '{_files.Directory}' cannot commit: {cause.Message}", cause);
        if (Interlocked.CompareExchange(ref _failure, failure, null) != null)
            return;
        _options.Logger.LogError(cause, "The journal in {Directory} failed at sequence {Sequence}", _files.Directory, CommittedSequence);
        _waiters.Fail(failure);
        _room.Set();
        _wake.Set();
        Tell<Exception>(Failed, failure);
    }

    private void Tell<T>(Action<T>? listener, T what)
    {
        try
        {
            listener?.Invoke(what);
        }
        catch (Exception failure)
        {
            _options.Logger.LogError(failure, "A listener of the journal in {Directory} threw", _files.Directory);
        }
    }

    private void Close()
    {
        lock (_committing)
        {
            lock (_gate)
            {
                _failure ??= new JournalFailedException($"The journal in '{_files.Directory}' is closed.");
                _writer.Dispose();
            }
        }
        _waiters.Fail(_failure);
        foreach (var resource in _owned)
            resource.Dispose();
        _stopped.TrySetResult();
    }
}
