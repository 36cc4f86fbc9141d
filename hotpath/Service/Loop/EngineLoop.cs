using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// The life of a command. One thread at a time owns the model: it takes commands from a bounded channel, lets the engine decide, appends
/// what changed to the journal and shows it to readers. Soft replies go out at once; durable replies, and every effect, after the commit.
/// The thread is the loop's own or, when it is idle, that of a caller who brings a command. One lock says whose turn it is; the engine
/// takes none. The channel and the hand-over to whoever commits have one each.
/// </summary>
public sealed class EngineLoop : IAsyncDisposable
{
    // A failed journal heals only by a restart with room on the disk, so a quick retry is of no use.
    internal static readonly TimeSpan FailedRetryAfter = TimeSpan.FromSeconds(30);

    // A turn with soft commands mostly takes less than a microsecond or two; to hand a command to another thread and to get its reply takes
    // ten. So long a thread tries: one that has the turn may have lost its processor, and whoever waits for longer waits in the queue.
    private const int Patience = 48;
    private const int SpinsPerTry = 4;

    internal static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    private readonly IDurableLog _log;
    private readonly LoopOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<EngineLoop> _logger;
    private readonly Channel<Submission> _inbox;
    private readonly CommitQueue _commits;
    private readonly Solitude _solitude;
    private readonly LoopMetrics _metrics;
    private readonly Batch _batch;
    private readonly LaterCommit _later;
    private readonly Lock _turn = new();
    private readonly TaskCompletionSource<Exception> _crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // In the inbox, or about to be: to ask the channel takes its lock, and whoever brings a command asks.
    private int _queued;
    // Of them, those whose caller may bring another before it has the reply: nobody goes before these, or the two could change their order.
    private int _inOrder;
    private volatile bool _running;
    private volatile bool _stopping;
    private Task _loop = Task.CompletedTask;

    /// <param name="state">The recovered model; the loop owns it from now on.</param>
    /// <param name="lastTime">Time of the last replayed command; the loop's time never runs behind it.</param>
    public EngineLoop(
        ClusterState state, long lastTime, IDurableLog log, IEffectSink effectSink, LoopOptions options, TimeProvider time, ILogger<EngineLoop> logger)
    {
        _log = log;
        _options = options;
        _time = time;
        _logger = logger;
        _inbox = Channel.CreateBounded<Submission>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _commits = new CommitQueue(effectSink);
        _solitude = new Solitude(time);
        _metrics = new LoopMetrics(() => Volatile.Read(ref _queued), () => _commits.Count, time);
        _batch = new Batch(state, lastTime, log, _commits, _metrics, options, time);
        _later = new LaterCommit(log.RequestCommit, time);
        log.Committed = _commits.Release;
        log.Failed = OnFailed;
    }

    /// <summary>
    /// The newest snapshot: it holds whatever anybody was told. When places were given or taken since the last one, the reader waits for
    /// its turn and publishes the next, which others then share; else it takes no lock.
    /// </summary>
    public ClusterSnapshot Snapshot
    {
        get
        {
            if (_batch.Board.IsBehind)
            {
                lock (_turn)
                    _batch.CatchUp();
            }

            return _batch.Board.Current;
        }
    }

    /// <summary>
    /// The snapshot published last, for names: nodes, policy, projects, machine groups and budgets are those of <see cref="Snapshot"/>, while
    /// up to <see cref="LoopOptions.MaxUnpublished"/> places may be missing. Reading it never takes a lock.
    /// </summary>
    public ClusterSnapshot Names => _batch.Board.Current;

    /// <summary>Commands that one turn takes together.</summary>
    public int MaxGroup => _options.MaxBatch;

    /// <summary>Completes with the error that ended the loop, should one ever do so. The process must then exit and recover.</summary>
    public Task<Exception> Crashed => _crashed.Task;

    /// <summary>Null while durable commands can be taken; otherwise what is wrong.</summary>
    public string? NotReadyReason =>
        _crashed.Task.IsCompleted ? "the decision loop has stopped" :
        _log.Failure is { } failure ? $"the journal cannot commit: {failure.Message}" : null;

    public void Start()
    {
        _running = true;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Hands a command to the loop; never waits itself. What one caller hands over is decided in that order.</summary>
    /// <exception cref="HotpathUnavailableException">The queue is full, or a durable command could not be committed.</exception>
    public ValueTask<Reply> SubmitAsync(Command command)
    {
        var submission = Submission.Rent(command, _time.GetTimestamp());
        submission.InOrder = true;
        return Enqueue(submission);
    }

    /// <summary>
    /// <see cref="SubmitAsync"/> for a caller that has nothing to do until it has its reply. When nobody has the turn its own thread
    /// decides, and has the reply to a soft command at once. When durable commands come one at a time it commits as well and waits for the
    /// disk: no other thread is between it and its reply. In company it leaves the commit to the commit thread, to share it.
    /// </summary>
    /// <exception cref="HotpathUnavailableException">The queue is full, or a durable command could not be committed.</exception>
    public ValueTask<Reply> ExecuteAsync(Command command)
    {
        var now = _time.GetTimestamp();
        if (command.Durable)
        {
            var durable = Submission.Rent(command, now);
            var task = durable.Task;
            return TryDecideHere(durable, _solitude.IsLasting(now)) ? task : Enqueue(durable);
        }

        var reply = default(Reply);
        return TryDecideHere(new ReadOnlySpan<Command>(in command), new Span<Reply>(ref reply), now)
            ? new ValueTask<Reply>(reply) : Enqueue(Submission.Rent(command, now));
    }

    /// <summary>
    /// Soft commands that are decided one after the other in one turn: on the caller's thread when nobody has the turn, else by the loop, in
    /// whose queue they take one place.
    /// </summary>
    /// <param name="commands">At most <see cref="MaxGroup"/>. They, and the replies, are the loop's until the task completes.</param>
    /// <param name="replies">As many, in the same order.</param>
    /// <exception cref="ArgumentException">There are too many of them, or one is durable.</exception>
    /// <exception cref="HotpathUnavailableException">The queue is full, and none was decided; or the loop has stopped.</exception>
    public async ValueTask ExecuteAsync(ReadOnlyMemory<Command> commands, Memory<Reply> replies)
    {
        RequireGroup(commands.Span, replies.Length);
        var now = _time.GetTimestamp();
        if (!TryDecideHere(commands.Span, replies.Span, now))
            await Enqueue(Submission.Rent(commands, replies, now)).ConfigureAwait(false);
    }

    /// <summary>Completes once <see cref="Snapshot"/> is newer than <paramref name="afterSequence"/>, with the sequence number that it has at least.</summary>
    public Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation) => _batch.Board.WaitAsync(afterSequence, cancellation);

    /// <summary>Completes once everything up to <paramref name="sequence"/> is on disk.</summary>
    /// <exception cref="JournalFailedException">That can no longer happen.</exception>
    public ValueTask WaitForCommitAsync(long sequence)
    {
        if (_log.CommittedSequence < sequence)
            _log.RequestCommit();
        return _log.WaitForCommitAsync(sequence);
    }

    /// <summary>Lets the waiting commands finish, then stops. A journal that cannot commit does not hold it up.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _inbox.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        lock (_turn)
            _running = false;
        // Only a loop that was never started has left any.
        FailInbox(Refusal());
        try
        {
            _log.RequestCommit();
            await _log.WaitForCommitAsync(_log.LastSequence).ConfigureAwait(false);
        }
        catch (JournalFailedException)
        {
            // Whoever waited for it was told by OnFailed.
        }

        _later.Dispose();
        _metrics.Dispose();
    }

    private async Task RunAsync()
    {
        // 1. Wait for commands. The wait takes no cancellation token: a cancellable wait allocates; completing the writer ends it.
        while (await _inbox.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (!TryRunBatch())
                return;
        }
    }

    private bool TryRunBatch()
    {
        lock (_turn)
        {
            if (!_running)
                return false;
            try
            {
                var count = 0;
                while (count < _options.MaxBatch && TryTake(out var submission))
                {
                    count += submission.Count;
                    _batch.Decide(submission);
                }

                // 5. One commit for the whole batch; requests made while another commit runs share the next one.
                if (EndBatch(count))
                    Commit(here: false, _batch.TakeUncommitted());
                else if (Volatile.Read(ref _queued) == 0)
                    _later.Ask();
                return true;
            }
            catch (Exception exception)
            {
                Crash(exception);
                return false;
            }
        }
    }

    private ValueTask<Reply> Enqueue(Submission submission)
    {
        var reply = submission.Task;
        Count(submission, 1);
        if (_inbox.Writer.TryWrite(submission))
            return reply;
        Count(submission, -1);
        submission.Discard();
        return ValueTask.FromException<Reply>(Refusal());
    }

    private void RequireGroup(ReadOnlySpan<Command> commands, int replies)
    {
        if (commands.Length < 1 || commands.Length > _options.MaxBatch || replies != commands.Length)
            throw new ArgumentException($"{commands.Length} commands with room for {replies} replies; 1 to {_options.MaxBatch} are taken.", nameof(commands));
        foreach (var command in commands)
        {
            if (command.Durable)
                throw new ArgumentException($"{command.Kind} waits for the disk.", nameof(commands));
        }
    }

    /// <summary>Decides soft commands on the caller's thread. Their replies are there when it returns, so nothing has to wait for them.</summary>
    /// <returns>False: it is not for this thread to do, or the engine broke; the queue takes them, or says so.</returns>
    private bool TryDecideHere(ReadOnlySpan<Command> commands, Span<Reply> replies, long now)
    {
        if (!TryTakeTurn())
            return false;
        bool waits;
        var uncommitted = 0L;
        try
        {
            _batch.Decide(commands, replies, now);
            waits = EndBatch();
            if (waits)
                uncommitted = _batch.TakeUncommitted();
        }
        catch (Exception exception)
        {
            Crash(exception);
            return false;
        }
        finally
        {
            _turn.Exit();
        }
        if (waits)
            Commit(here: false, uncommitted);
        else
            _later.Ask();
        return true;
    }

    /// <summary>Decides a durable command on the caller's thread.</summary>
    /// <param name="alone">Commits it as well.</param>
    /// <returns>False: it is not for this thread to do; nothing has happened.</returns>
    private bool TryDecideHere(Submission submission, bool alone)
    {
        if (!TryTakeTurn())
            return false;
        long uncommitted;
        try
        {
            _batch.Decide(submission);
            EndBatch(1);
            uncommitted = _batch.TakeUncommitted();
        }
        catch (Exception exception)
        {
            Crash(exception);
            return true;
        }
        finally
        {
            _turn.Exit();
        }
        // Others may decide while this thread is at the disk.
        Commit(alone, uncommitted);
        return true;
    }

    /// <returns>False: somebody has it, or waits for it in the queue and has been promised the order.</returns>
    private bool TryTakeTurn()
    {
        for (var tries = 1; !_turn.TryEnter(); tries++)
        {
            if (tries == Patience)
                return false;
            Thread.SpinWait(SpinsPerTry);
        }

        if (_running && !_stopping && Volatile.Read(ref _inOrder) == 0)
            return true;
        _turn.Exit();
        return false;
    }

    private bool EndBatch(int count)
    {
        var alone = count == 1 && _commits.Count == 0;
        _solitude.Note(alone, _time.GetTimestamp());
        return EndBatch();
    }

    /// <returns>The disk is to be asked for now.</returns>
    private bool EndBatch() => _batch.End() || _batch.UncommittedSoft >= _options.MaxUncommittedSoft;

    private void Commit(bool here, long sequence)
    {
        if (_log.Failure is not null || _log.CommittedSequence >= sequence)
            _commits.Release(_log.CommittedSequence);
        else if (!here || !_log.TryCommit())
            _log.RequestCommit();
    }

    // An engine that broke an invariant must not decide any further: the journal holds what was true before.
    private void Crash(Exception exception)
    {
        LoopLog.Crashed(_logger, exception);
        _running = false;
        _crashed.TrySetResult(exception);
        _inbox.Writer.TryComplete();
        var refusal = Refusal();
        _batch.Fail(refusal);
        _commits.Fail(refusal);
        FailInbox(refusal);
    }

    private void OnFailed(Exception failure)
    {
        LoopLog.JournalFailed(_logger, failure);
        _commits.Fail(Batch.NotDurable(failure));
    }

    // For the one reader of the inbox: whoever has the turn, or stops the loop.
    private void FailInbox(HotpathUnavailableException exception)
    {
        while (TryTake(out var waiting))
            waiting.Fail(exception);
    }

    private bool TryTake([NotNullWhen(true)] out Submission? submission)
    {
        if (!_inbox.Reader.TryRead(out submission))
            return false;
        Count(submission, -1);
        return true;
    }

    private void Count(Submission submission, int more)
    {
        Interlocked.Add(ref _queued, more);
        if (submission.InOrder)
            Interlocked.Add(ref _inOrder, more);
    }

    private HotpathUnavailableException Refusal()
    {
        if (_crashed.Task.IsCompleted)
            return new HotpathUnavailableException("The decision loop has stopped.", FailedRetryAfter, _crashed.Task.Result);
        if (_stopping)
            return new HotpathUnavailableException("The service is stopping.", BusyRetryAfter);
        _metrics.Refused();
        return new HotpathUnavailableException($"The command queue is full ({_options.QueueCapacity} waiting).", BusyRetryAfter) { QueueFull = true };
    }
}
