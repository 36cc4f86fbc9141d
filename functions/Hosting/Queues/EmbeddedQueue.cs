using System.Text;
using Pipeline.Contracts;
using Pipeline.Journal;

namespace Pipeline.Functions.Hosting.Queues;

/// <summary>
/// All queues of the embedded host over one durable log, with the semantics of Azure Storage Queues: a received message is hidden
/// while its reader holds it, visible again when it does not finish, and delivered at least once.
/// </summary>
/// <remarks>
/// A send returns after its commit. A lease is committed at once, so that dequeue counts survive a crash; deletes, renewals and
/// releases are committed a moment later, and one that a crash loses means a redelivery. When the log has failed, sends are refused and
/// everything else goes on in memory.
/// </remarks>
public sealed class EmbeddedQueue : IQueueSender, IAsyncDisposable
{
    // As in Azure Storage Queues.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(7);
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private readonly Lock _gate = new();
    private readonly IDurableLog _log;
    private readonly EmbeddedQueueOptions _options;
    private readonly TimeProvider _time;
    private readonly QueueState _state = new();
    private readonly QueueJournal _journal;
    private readonly SteadyClock _clock;
    private readonly Dictionary<string, QueueSignal> _signals = new(StringComparer.Ordinal);
    private readonly ITimer _lateCommit;
    private bool _lateCommitArmed;
    private long _last;
    private bool _disposed;

    /// <summary>Replays <paramref name="log"/>, which the queue owns from here on, and ends all leases that stand in it.</summary>
    /// <exception cref="InvalidDataException">The log holds something else than queue records.</exception>
    public EmbeddedQueue(IDurableLog log, EmbeddedQueueOptions options, TimeProvider time)
    {
        _log = log;
        _options = options.Validated();
        _time = time;
        _journal = new QueueJournal(log, options.SlackBytes);
        log.Replay(log.FirstSequence, Replayed);
        _clock = new SteadyClock(time, DateTimeOffset.FromUnixTimeMilliseconds(_state.Messages.Select(message => message.InsertedAt).DefaultIfEmpty().Max()));
        _state.VoidLeases(Now);
        // Ids and receipts each take a log entry, so no number up to the last sequence is free.
        _last = log.LastSequence;
        _lateCommit = time.CreateTimer(_ => CommitLate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A poison queue was full and lost its oldest message; the argument is the queue.</summary>
    public Action<string>? PoisonDropped { get; set; }

    /// <summary>Null while messages can be made durable. A failure lasts until the log is opened again.</summary>
    public Exception? Failure => _log.Failure;

    private long Now => _clock.UtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// Bad queue name, more than 64 KiB, text that is no Unicode, or a delay that is negative or over 7 days.
    /// </exception>
    /// <exception cref="QueueFullException">The bounds of the queue are reached.</exception>
    /// <exception cref="JournalFailedException">
    /// The message could not be made durable. It may still be delivered by this process.
    /// </exception>
    /// <remarks>A cancelled send may have taken effect.</remarks>
    public async Task SendAsync(string queue, string message, TimeSpan delay, CancellationToken cancellation)
    {
        var body = Checked(queue, message, delay);
        cancellation.ThrowIfCancellationRequested();
        long sequence;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            RefuseWhenFull(body.Length);
            var now = Now;
            var record = QueueRecord.Enqueue(++_last, queue, body, now, now + (long)delay.TotalMilliseconds);
            sequence = _journal.Append(record);
            if (sequence == 0)
                throw new JournalFailedException("The queue's log takes no more messages.", _log.Failure);
            _state.Apply(record);
            _journal.Tidy(_state);
            Pulse(queue);
        }

        _log.RequestCommit();
        var committed = _log.WaitForCommitAsync(sequence);
        await (committed.IsCompletedSuccessfully ? Task.CompletedTask : committed.AsTask().WaitAsync(cancellation)).ConfigureAwait(false);
    }

    /// <summary>Takes the message that has been visible longest and hides it for <paramref name="lease"/>; null when none is.</summary>
    public QueueLease? TryReceive(string queue, TimeSpan lease)
    {
        QueueLease taken;
        lock (_gate)
        {
            var now = Now;
            if (_disposed || _state.First(queue) is not { } message || message.VisibleAt > now)
                return null;
            var receipt = ++_last;
            var sequence = Write(QueueRecord.Lease(message.Id, receipt, now + (long)lease.TotalMilliseconds));
            taken = new QueueLease(
                queue,
                message.Id,
                receipt,
                Encoding.UTF8.GetString(message.Body.Span),
                message.DequeueCount,
                DateTimeOffset.FromUnixTimeMilliseconds(message.InsertedAt))
            { Sequence = sequence };
        }

        _log.RequestCommit();
        return taken;
    }

    /// <summary>
    /// Completes when a crash would leave the message in the queue. Whoever acts on one before that may leave begun what nobody goes on
    /// with: its sender's commit is on the way as well. At once when the log has failed, since the queue then goes on in memory.
    /// </summary>
    public async Task KeptAsync(QueueLease held)
    {
        try
        {
            if (held.Sequence != 0)
                await _log.WaitForCommitAsync(held.Sequence).ConfigureAwait(false);
        }
        catch (JournalFailedException)
        {
        }
    }

    /// <summary>
    /// Completes when a message of the queue may be visible; while a delayed one is there, at the latest after <paramref name="longest"/>.
    /// </summary>
    public Task WaitAsync(string queue, TimeSpan longest, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var first = _state.First(queue);
            var wait = first is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(first.VisibleAt - Now);
            if (first is not null && wait <= TimeSpan.Zero)
                return Task.CompletedTask;
            if (!_signals.TryGetValue(queue, out var signal))
                _signals.Add(queue, signal = new QueueSignal(_time));
            // Taken before the timer is set, or its pulse could be missed.
            var next = signal.Next;
            // Bounded, because the clock that visibility is measured by may be set while the timer runs.
            if (first is not null)
                signal.PulseAfter(wait < longest ? wait : longest);
            return next.WaitAsync(cancellation);
        }
    }

    /// <summary>Hides the message for another <paramref name="lease"/> from now. False when the receipt is stale.</summary>
    public bool Renew(QueueLease held, TimeSpan lease) =>
        WriteIfHeld(held, m => QueueRecord.Renew(m.Id, Now + (long)lease.TotalMilliseconds));

    /// <summary>Gives the message back; it is visible after <paramref name="delay"/>. False when the receipt is stale.</summary>
    public bool Release(QueueLease held, TimeSpan delay) =>
        WriteIfHeld(held, m => QueueRecord.Release(m.Id, Now + (long)delay.TotalMilliseconds));

    /// <summary>Removes the message for good. False when the receipt is stale.</summary>
    public bool Delete(QueueLease held) => WriteIfHeld(held, m => QueueRecord.Delete(m.Id));

    /// <summary>Moves the message to <c>&lt;queue&gt;-poison</c>. False when the receipt is stale.</summary>
    public bool Poison(QueueLease held)
    {
        var poison = QueueNames.PoisonOf(held.Queue);
        var dropped = false;
        lock (_gate)
        {
            if (_disposed || _state.Holds(held.Id, held.Receipt) is null)
                return false;
            Write(QueueRecord.Poison(held.Id, Now));
            if (_state.CountOf(poison) > _options.MaxPoisonMessages)
            {
                Write(QueueRecord.Delete(_state.List(poison).MinBy(m => m.Id)!.Id));
                dropped = true;
            }

            Pulse(poison);
            ArmLateCommit();
        }

        if (dropped)
            PoisonDropped?.Invoke(poison);
        return true;
    }

    /// <summary>Messages on the queue, hidden ones included.</summary>
    public int Count(string queue)
    {
        lock (_gate)
            return _state.CountOf(queue);
    }

    /// <summary>Queues that hold messages, with their number.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Counts()
    {
        lock (_gate)
            return [.. _state.Queues.Order(StringComparer.Ordinal).Select(q => KeyValuePair.Create(q, _state.CountOf(q)))];
    }

    /// <summary>The next messages of a queue, hidden ones included, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<QueueItem> List(string queue, int limit)
    {
        lock (_gate)
            return [.. _state.List(queue).Take(limit).Select(Item)];
    }

    /// <summary>Commits what is still open and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _lateCommit.Dispose();
            foreach (var signal in _signals.Values)
                signal.Dispose();
        }

        try
        {
            _log.RequestCommit();
            await _log.WaitForCommitAsync(_log.LastSequence).ConfigureAwait(false);
        }
        catch (JournalFailedException)
        {
            // Nothing that anybody waits for is lost: sends wait for their own commit.
        }

        await _log.DisposeAsync().ConfigureAwait(false);
    }

    private static byte[] Checked(string queue, string message, TimeSpan delay)
    {
        if (QueueNames.Problem(queue) is { } problem)
            throw new ArgumentException($"The queue name {problem}.", nameof(queue));
        if (delay < TimeSpan.Zero || delay > MaxDelay)
            throw new ArgumentException($"The delay is {delay}, but must be 0 to {MaxDelay}.", nameof(delay));
        byte[] body;
        try
        {
            body = StrictUtf8.GetBytes(message);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The message holds half a surrogate pair and cannot be written as UTF-8.", nameof(message), e);
        }

        const int most = EmbeddedQueueOptions.MaxMessageBytes;
        if (body.Length > most)
            throw new ArgumentException($"The message has {body.Length} bytes, but at most {most} are taken.", nameof(message));
        return body;
    }

    private static QueueItem Item(StoredMessage message) => new(
        message.Id,
        Encoding.UTF8.GetString(message.Body.Span),
        message.DequeueCount,
        DateTimeOffset.FromUnixTimeMilliseconds(message.InsertedAt),
        DateTimeOffset.FromUnixTimeMilliseconds(message.VisibleAt));

    private void Replayed(long sequence, ReadOnlySpan<byte> payload)
    {
        var record = QueueRecordCodec.Read(payload);
        _journal.Note(record, sequence, payload.Length);
        _state.Apply(record);
    }

    private void RefuseWhenFull(int bytes)
    {
        if (_state.Count >= _options.MaxMessages)
            throw new QueueFullException($"The embedded queue holds {_state.Count} messages, which is its limit (MaxMessages).");
        if (_state.BodyBytes + bytes > _options.MaxBytes)
        {
            throw new QueueFullException(
                $"The embedded queue holds {_state.BodyBytes} bytes; {bytes} more pass its limit of {_options.MaxBytes} (MaxBytes).");
        }
    }

    private bool WriteIfHeld(QueueLease held, Func<StoredMessage, QueueRecord> record)
    {
        lock (_gate)
        {
            if (_disposed || _state.Holds(held.Id, held.Receipt) is not { } message)
                return false;
            var change = record(message);
            Write(change);
            if (change.Kind == QueueRecordKind.Release)
                Pulse(held.Queue);
            ArmLateCommit();
            return true;
        }
    }

    /// <returns>Its sequence in the log, or 0 when that has failed.</returns>
    private long Write(in QueueRecord record)
    {
        var sequence = _journal.Append(record);
        _state.Apply(record);
        _journal.Tidy(_state);
        return sequence;
    }

    private void Pulse(string queue)
    {
        if (_signals.TryGetValue(queue, out var signal))
            signal.Pulse();
    }

    private void ArmLateCommit()
    {
        if (_lateCommitArmed)
            return;
        _lateCommitArmed = true;
        _lateCommit.Change(_options.CommitDelay, Timeout.InfiniteTimeSpan);
    }

    private void CommitLate()
    {
        lock (_gate)
        {
            _lateCommitArmed = false;
            if (_disposed)
                return;
            _log.RequestCommit();
            _journal.Tidy(_state);
        }
    }
}
