using Pipeline.Contracts;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Decides one batch of commands after another: <c>Decide</c> for each submission, then <see cref="End"/>. Owns the model.
/// For the thread whose turn it is.
/// </summary>
internal sealed class Batch
{
    // What a record of the checkpoint holds beside the text of the command that brought it.
    private const int RecordMargin = 4096;

    private readonly ClusterState _state;
    private readonly IDurableLog _log;
    private readonly CommitQueue _commits;
    private readonly LoopMetrics _metrics;
    private readonly SteadyClock _clock;
    private readonly EffectBuffer _effects = new();
    private readonly List<Submission> _soft = [];
    private readonly List<Submission> _durable = [];
    private readonly List<(long Sequence, Effect Effect)> _caused = [];
    private readonly int _maxCommandBytes;
    private readonly int _maxUnpublished;
    private readonly int _maxAwaitingCommit;
    private byte[] _encodeBuffer = new byte[4096];
    private int _encoded;
    private long _now;
    private long _sequence;
    private bool _changed;
    private bool _changedMoreThanPlaces;
    private int _unpublished;

    /// <param name="state">The recovered model.</param>
    /// <param name="lastTime">Time of the last replayed command; no step runs behind it.</param>
    public Batch(ClusterState state, long lastTime, IDurableLog log, CommitQueue commits, LoopMetrics metrics, LoopOptions options, TimeProvider time)
    {
        _state = state;
        (_now, _clock) = (lastTime, new SteadyClock(time, DateTimeOffset.FromUnixTimeMilliseconds(lastTime)));
        _log = log;
        _sequence = log.LastSequence;
        _maxCommandBytes = Math.Min(log.MaxPayloadBytes, DurableState.MaxRecordBytes - RecordMargin);
        _commits = commits;
        _metrics = metrics;
        _maxUnpublished = options.MaxUnpublished;
        _maxAwaitingCommit = options.MaxAwaitingCommit;
        Board = new SnapshotBoard(state.Publish(_sequence, lastTime));
    }

    public SnapshotBoard Board { get; }

    /// <summary>Soft commands decided since <see cref="TakeUncommitted"/>.</summary>
    public int UncommittedSoft { get; private set; }

    public void Decide(Submission submission)
    {
        if (submission.Command is not { } command)
        {
            _soft.Add(submission);
            Decide(submission.Group.Span, submission.GroupReplies.Span, submission.EnteredAt);
            return;
        }

        if (command.Durable && _log.Failure is { } failure)
        {
            submission.Fail(NotDurable(failure));
            return;
        }

        if (command.Durable && _durable.Count + _commits.Count is var waiting && waiting >= _maxAwaitingCommit)
        {
            _metrics.Refused();
            submission.Fail(new HotpathUnavailableException($"{waiting} durable commands wait for the disk.", EngineLoop.BusyRetryAfter) { QueueFull = true });
            return;
        }

        // From here on it is answered with its batch, or failed should the engine break.
        (command.Durable ? _durable : _soft).Add(submission);
        UncommittedSoft += command.Durable ? 0 : 1;
        submission.Reply = Step(command, submission.EnteredAt, out var sequence);
        submission.Sequence = sequence;
    }

    /// <summary>Soft commands whose caller takes the replies as soon as the batch has ended.</summary>
    public void Decide(ReadOnlySpan<Command> commands, Span<Reply> replies, long enteredAt)
    {
        UncommittedSoft += commands.Length;
        for (var i = 0; i < commands.Length; i++)
            replies[i] = Step(commands[i], enteredAt, out _);
    }

    /// <returns>Somebody, or something that is to happen, waits for the disk.</returns>
    public bool End()
    {
        _metrics.Batch();
        // 4. Readers see the batch before anybody is told about it. A snapshot copies whole pages, so places share one until a reader wants it.
        if (_changedMoreThanPlaces || _unpublished >= _maxUnpublished)
            Publish();
        else if (_changed)
            Board.FallBehind(_sequence);
        var waits = _durable.Count > 0 || _caused.Count > 0;
        _commits.Add(_durable, _caused);
        foreach (var submission in _soft)
            submission.Complete();
        Clear();
        // The journal may have failed since, and told so before these waited.
        if (_log.Failure is { } failure)
            _commits.Fail(NotDurable(failure));
        return waits;
    }

    /// <summary>Publishes what readers wait for, unless somebody has done so.</summary>
    public void CatchUp()
    {
        if (Board.IsBehind)
            Publish();
    }

    /// <returns>Sequence number of the last command that changed the state; a commit up to there is asked for now.</returns>
    public long TakeUncommitted()
    {
        UncommittedSoft = 0;
        return _sequence;
    }

    /// <summary>The engine broke in the middle of the batch.</summary>
    public void Fail(Exception exception)
    {
        foreach (var submission in _soft.Concat(_durable))
            submission.Fail(exception);
        Clear();
        // Half a step may be in the model: readers keep the last snapshot that is whole.
        Board.GiveUp();
    }

    public static HotpathUnavailableException NotDurable(Exception failure)
        => new($"The command could not be made durable: {failure.Message}", EngineLoop.FailedRetryAfter, failure);

    private void Publish()
    {
        _unpublished = 0;
        Board.Publish(_state.Publish(_sequence, _now));
    }

    private Reply Step(Command command, long enteredAt, out long sequence)
    {
        _now = _clock.UtcNow().ToUnixTimeMilliseconds();
        Encode(command);
        if (_encoded > _maxCommandBytes)
        {
            // Found out after the decision, the state would hold what the journal or the next checkpoint cannot.
            sequence = _sequence;
            return Reply.Invalid($"command: has {_encoded} bytes, at most {_maxCommandBytes} are taken");
        }

        // 2. Decide.
        _effects.Clear();
        var reply = Engine.Step(_state, command, _now, _effects);
        _metrics.Decided(command.Kind, reply.Outcome, enteredAt);

        // 3. Journal what changed the state. A reply that changed nothing may speak of something that is not on disk yet.
        sequence = reply.Changed ? Append() : _sequence;
        for (var i = 0; i < _effects.Count; i++)
            _caused.Add((sequence, _effects[i]));
        if (reply.Changed)
            NoteChange(command.Kind);
        return reply;
    }

    private void NoteChange(CommandKind kind)
    {
        _changed = true;
        _changedMoreThanPlaces |= kind is not (CommandKind.Place or CommandKind.Confirm or CommandKind.Release);
        _unpublished++;
    }

    private void Clear()
    {
        _soft.Clear();
        _durable.Clear();
        _caused.Clear();
        (_changed, _changedMoreThanPlaces) = (false, false);
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
}
