using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// A command on its way through the loop, and the promise of its reply; or several soft ones, whose replies go to where their caller
/// wants them. Pooled: it is given back when the reply is taken.
/// </summary>
internal sealed class Submission : IValueTaskSource<Reply>
{
    // Enough for every producer that can wait at once; more are left to the garbage collector.
    private const int PoolSize = 1024;

    private static readonly ConcurrentQueue<Submission> Pool = new();

    private ManualResetValueTaskSourceCore<Reply> _source = new() { RunContinuationsAsynchronously = true };

    /// <summary>Null for several.</summary>
    public Command? Command { get; private set; }

    /// <summary>Several, else empty.</summary>
    public ReadOnlyMemory<Command> Group { get; private set; }

    /// <summary>Where the replies of <see cref="Group"/> go.</summary>
    public Memory<Reply> GroupReplies { get; private set; }

    public int Count => Command is null ? Group.Length : 1;

    /// <summary>The reply waits in here for the end of its batch, a durable one for the commit of <see cref="Sequence"/>.</summary>
    public Reply Reply { get; set; }

    public long Sequence { get; set; }

    /// <summary>Its caller may hand over another before it has the reply.</summary>
    public bool InOrder { get; set; }

    /// <summary>When the command entered the channel (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long EnteredAt { get; private set; }

    public static Submission Rent(Command command, long enteredAt)
    {
        var submission = Rent(enteredAt);
        submission.Command = command;
        return submission;
    }

    public static Submission Rent(ReadOnlyMemory<Command> group, Memory<Reply> replies, long enteredAt)
    {
        var submission = Rent(enteredAt);
        submission.Group = group;
        submission.GroupReplies = replies;
        return submission;
    }

    public ValueTask<Reply> Task => new(this, _source.Version);

    public void Complete() => _source.SetResult(Reply);

    public void Fail(Exception exception) => _source.SetException(exception);

    /// <summary>Gives back a submission that never entered the channel.</summary>
    public void Discard() => Return();

    Reply IValueTaskSource<Reply>.GetResult(short token)
    {
        // A reply that is taken twice, or too early, must not give back what by now is another caller's.
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The reply is not there yet.");
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Return();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<Reply>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<Reply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _source.OnCompleted(continuation, state, token, flags);

    private static Submission Rent(long enteredAt)
    {
        if (!Pool.TryDequeue(out var submission))
            submission = new Submission();
        submission.EnteredAt = enteredAt;
        return submission;
    }

    private void Return()
    {
        Command = null;
        (Group, GroupReplies) = (default, default);
        Reply = default;
        Sequence = 0;
        InOrder = false;
        _source.Reset();
        if (Pool.Count < PoolSize)
            Pool.Enqueue(this);
    }
}
