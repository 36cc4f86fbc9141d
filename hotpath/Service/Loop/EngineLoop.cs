using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// The life of a command. One task owns the model: it takes commands from a bounded channel, lets the engine decide, appends
/// what changed to the journal and publishes a snapshot. Soft replies go out at once; durable replies, and every effect, after the commit.
/// The loop takes no lock while it decides; the channel and the hand-over to the commit thread have one each.
/// </summary>
public sealed class EngineLoop : IAsyncDisposable
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    // What a record of the checkpoint holds beside the text of the command that brought it.
    private const int RecordMargin = 4096;

    // A failed journal heals only by a restart with room on the disk, so a quick retry is of no use.
    private static readonly TimeSpan FailedRetryAfter = TimeSpan.FromSeconds(30);

    private readonly ClusterState _state;
    private readonly IDurableLog _log;
    private readonly IEffectSink _effectSink;
    private readonly LoopOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<EngineLoop> _logger;
    private readonly Channel<Submission> _inbox;
    private readonly PendingCommits _pending = new();
    private readonly EffectBuffer _effects = new();
    private readonly SnapshotBoard _board;
    private readonly LoopMetrics _metrics;
    private readonly List<Submission> _softDecided = [];
    private readonly List<Submission> _durableDecided = [];
    private readonly List<(long Sequence, Effect Effect)> _caused = [];
    private readonly List<Submission> _committedReplies = [];
    private readonly List<Effect> _committedEffects = [];
    private readonly TaskCompletionSource<Exception> _crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _maxCommandBytes;
    private byte[] _encodeBuffer = new byte[4096];
    private int _encoded;
    private long _now;
    private long _sequence;
    private int _uncommittedSoft;
    private volatile bool _stopping;
    private Task _running = Task.CompletedTask;

    /// <param name="state">The recovered model; the loop owns it from now on.</param>
    /// <param name="lastTime">Time of the last replayed command; the loop's time never runs behind it.</param>
    public EngineLoop(
        ClusterState state, long lastTime, IDurableLog log, IEffectSink effectSink, LoopOptions options, TimeProvider time, ILogger<EngineLoop> logger)
    {
        _state = state;
        _now = lastTime;
        _log = log;
        _sequence = log.LastSequence;
        _maxCommandBytes = Math.Min(log.MaxPayloadBytes, DurableState.MaxRecordBytes - RecordMargin);
        _effectSink = effectSink;
        _options = options;
        _time = time;
        _logger = logger;
        _inbox = Channel.CreateBounded<Submission>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _board = new SnapshotBoard(state.Publish(_sequence, lastTime));
        _metrics = new LoopMetrics(() => _inbox.Reader.Count, () => _pending.Count, time);
        log.Committed = OnCommitted;
        log.Failed = OnFailed;
    }

    /// <summary>The newest snapshot. Reading it takes no lock and never enters the loop.</summary>
    public ClusterSnapshot Snapshot => _board.Current;

    /// <summary>Completes with the error that ended the loop, should one ever do so. The process must then exit and recover.</summary>
    public Task<Exception> Crashed => _crashed.Task;

    /// <summary>Null while durable commands can be taken; otherwise what is wrong.</summary>
    public string? NotReadyReason =>
        _crashed.Task.IsCompleted ? "the decision loop has stopped" :
        _log.Failure is { } failure ? $"the journal cannot commit: {failure.Message}" : null;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Hands a command to the loop.</summary>
    /// <exception cref="HotpathUnavailableException">The queue is full, or a durable command could not be committed.</exception>
    public ValueTask<Reply> SubmitAsync(Command command)
    {
        var submission = Submission.Rent(command, _time.GetTimestamp());
        var task = submission.Task;
        if (_inbox.Writer.TryWrite(submission))
            return task;
        submission.Discard();
        return ValueTask.FromException<Reply>(Refusal());
    }

    /// <summary>Completes once a snapshot newer than <paramref name="afterSequence"/> is published.</summary>
    public Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation) => _board.WaitAsync(afterSequence, cancellation);

    /// <summary>Completes once everything up to <paramref name="sequence"/> is on disk.</summary>
    /// <exception cref="JournalFailedException">That can no longer happen.</exception>
    public ValueTask WaitForCommitAsync(long sequence) => _log.WaitForCommitAsync(sequence);

    /// <summary>Lets the waiting commands finish, then stops. A journal that cannot commit does not hold it up.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _inbox.Writer.TryComplete();
        await _running.ConfigureAwait(false);
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

        _metrics.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            // 1. Wait for commands. The wait takes no cancellation token: a cancellable wait allocates; completing the writer ends it.
            while (await _inbox.Reader.WaitToReadAsync().ConfigureAwait(false))
                RunBatch();
        }
        catch (Exception exception)
        {
            // An engine that broke an invariant must not decide any further: the journal holds what was true before.
            LoopLog.Crashed(_logger, exception);
            _crashed.TrySetResult(exception);
            _inbox.Writer.TryComplete();
            var refusal = Refusal();
            foreach (var submission in _softDecided.Concat(_durableDecided))
                submission.Fail(refusal);
            FailPending(refusal);
            FailInbox(refusal);
        }
    }

    private void RunBatch()
    {
        var durable = false;
        var changed = false;
        for (var count = 0; count < _options.MaxBatch && _inbox.Reader.TryRead(out var submission); count++)
        {
            durable |= submission.Command.Durable;
            changed |= Decide(submission);
        }

        _metrics.Batch();
        // 4. Readers see the batch before anybody is told about it.
        if (changed)
            _board.Publish(_state.Publish(_sequence, _now));
        Answer();
        // 5. One commit for the whole batch; requests made while another commit runs share the next one.
        if (durable || _inbox.Reader.Count == 0 || _uncommittedSoft >= _options.MaxUncommittedSoft)
            RequestCommit();
    }

    /// <returns>The state changed.</returns>
    private bool Decide(Submission submission)
    {
        var command = submission.Command;
        if (command.Durable && _log.Failure is { } failure)
        {
            submission.Fail(NotDurable(failure));
            return false;
        }

        // From here on it is answered with its batch, or failed should the engine break.
        (command.Durable ? _durableDecided : _softDecided).Add(submission);
        _now = Math.Max(_now, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Encode(command);
        if (_encoded > _maxCommandBytes)
        {
            // Found out after the decision, the state would hold what the journal or the next checkpoint cannot.
            submission.Reply = Reply.Invalid($"command: has {_encoded} bytes, at most {_maxCommandBytes} are taken");
            submission.Sequence = _sequence;
            return false;
        }

        // 2. Decide.
        _effects.Clear();
        var reply = Engine.Step(_state, command, _now, _effects);
        _metrics.Decided(command.Kind, reply.Outcome, submission.EnteredAt);

        // 3. Journal what changed the state. A reply that changed nothing may speak of something that is not on disk yet.
        submission.Reply = reply;
        submission.Sequence = reply.Changed ? Append() : _sequence;
        for (var i = 0; i < _effects.Count; i++)
            _caused.Add((submission.Sequence, _effects[i]));
        return reply.Changed;
    }

    private void Encode(Command command)
    {
        var writer = new CommandWriter(_encodeBuffer);
        CommandCodec.Write(ref writer, command, _now);
        _encodeBuffer = writer.Buffer;
        _encoded = writer.Written.Length;
    }

    private long Append()
    {
        var sequence = _log.Append(_encodeBuffer.AsSpan(0, _encoded));
        // 0: the journal has failed. The soft decision stands in memory; the cluster is its record. What waits for the disk waits for a
        // sequence that never comes, until it is failed.
        return sequence == 0 ? long.MaxValue : _sequence = sequence;
    }

    private void Answer()
    {
        _pending.Add(_durableDecided, _caused);
        foreach (var submission in _softDecided)
            submission.Complete();
        _uncommittedSoft += _softDecided.Count;
        _softDecided.Clear();
        _durableDecided.Clear();
        _caused.Clear();
        // The journal may have failed since, and told so before these waited.
        if (_log.Failure is { } failure)
            FailPending(NotDurable(failure));
    }

    private void RequestCommit()
    {
        _uncommittedSoft = 0;
        if (_log.Failure is null && _log.CommittedSequence < _sequence)
            _log.RequestCommit();
        else
            OnCommitted(_log.CommittedSequence);
    }

    // 6. On the commit thread (or on the loop's when nothing had to be written): replies first, then effects.
    private void OnCommitted(long sequence)
    {
        lock (_committedReplies)
        {
            try
            {
                _pending.TakeThrough(sequence, _committedReplies, _committedEffects);
                foreach (var submission in _committedReplies)
                    submission.Complete();
                foreach (var effect in _committedEffects)
                    _effectSink.Post(effect);
            }
            finally
            {
                _committedReplies.Clear();
                _committedEffects.Clear();
            }
        }
    }

    private void OnFailed(Exception failure)
    {
        LoopLog.JournalFailed(_logger, failure);
        FailPending(NotDurable(failure));
    }

    private void FailPending(HotpathUnavailableException exception)
    {
        var replies = new List<Submission>();
        _pending.TakeAll(replies);
        foreach (var submission in replies)
            submission.Fail(exception);
    }

    // For the one reader of the inbox: the loop, or whoever stops it.
    private void FailInbox(HotpathUnavailableException exception)
    {
        while (_inbox.Reader.TryRead(out var waiting))
            waiting.Fail(exception);
    }

    private HotpathUnavailableException Refusal()
    {
        if (_crashed.Task.IsCompleted)
            return new HotpathUnavailableException("The decision loop has stopped.", FailedRetryAfter, _crashed.Task.Result);
        if (_stopping)
            return new HotpathUnavailableException("The service is stopping.", BusyRetryAfter);
        _metrics.Refused();
        return new HotpathUnavailableException($"The command queue is full ({_options.QueueCapacity} waiting).", BusyRetryAfter);
    }

    private static HotpathUnavailableException NotDurable(Exception failure)
        => new($"The command could not be made durable: {failure.Message}", FailedRetryAfter, failure);
}
