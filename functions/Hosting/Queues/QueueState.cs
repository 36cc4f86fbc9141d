namespace Pipeline.Functions.Hosting.Queues;

/// <summary>
/// What all queues hold: a pure function of the records applied so far. It reads no clock and does no I/O, so replaying the
/// journal gives the same state again.
/// </summary>
/// <remarks>
/// Records are facts and are applied without asking: who may write one is decided before, by <see cref="Holds"/>. A record
/// about an unknown message is skipped, because the log may be cut between a message's first record and its last.
/// </remarks>
public sealed class QueueState
{
    private static readonly Comparer<StoredMessage> ByVisibility = Comparer<StoredMessage>.Create(
        static (a, b) => a.VisibleAt != b.VisibleAt ? a.VisibleAt.CompareTo(b.VisibleAt) : a.Id.CompareTo(b.Id));

    private readonly Dictionary<long, StoredMessage> _messages = [];
    private readonly Dictionary<string, SortedSet<StoredMessage>> _queues = new(StringComparer.Ordinal);

    /// <summary>Messages in all queues.</summary>
    public int Count => _messages.Count;

    /// <summary>Bytes of the bodies in all queues.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>Queues that hold messages, poison queues among them.</summary>
    public IReadOnlyCollection<string> Queues => _queues.Keys;

    public IReadOnlyCollection<StoredMessage> Messages => _messages.Values;

    public int CountOf(string queue) => _queues.TryGetValue(queue, out var messages) ? messages.Count : 0;

    public StoredMessage? Find(long id) => _messages.GetValueOrDefault(id);

    /// <summary>The queue's messages, the next visible first.</summary>
    public IEnumerable<StoredMessage> List(string queue) => _queues.TryGetValue(queue, out var messages) ? messages : [];

    /// <summary>The message of the queue that is or becomes visible first.</summary>
    public StoredMessage? First(string queue) => _queues.TryGetValue(queue, out var messages) ? messages.Min : null;

    /// <summary>
    /// The message if <paramref name="receipt"/> is that of its last reader. A receipt outlives its lease until somebody else takes the
    /// message, so a reader that was slow but alone can still delete it.
    /// </summary>
    public StoredMessage? Holds(long id, long receipt) =>
        receipt != 0 && _messages.TryGetValue(id, out var message) && message.Receipt == receipt ? message : null;

    public void Apply(in QueueRecord record)
    {
        if (record.IsWhole)
        {
            Put(record);
            return;
        }

        if (!_messages.TryGetValue(record.Id, out var message))
            return;
        switch (record.Kind)
        {
            case QueueRecordKind.Lease:
                message.DequeueCount++;
                message.Receipt = record.Receipt;
                Move(message, message.Queue, record.VisibleAt);
                break;
            case QueueRecordKind.Renew:
                Move(message, message.Queue, record.VisibleAt);
                break;
            case QueueRecordKind.Release:
                message.Receipt = 0;
                Move(message, message.Queue, record.VisibleAt);
                break;
            case QueueRecordKind.Poison:
                // A new message on the poison queue: it has its tries before it, should a function read that queue.
                message.Receipt = 0;
                message.DequeueCount = 0;
                Move(message, QueueNames.PoisonOf(message.Queue), record.VisibleAt);
                break;
            case QueueRecordKind.Delete:
                Remove(message);
                break;
            default:
                throw new InvalidDataException($"No queue record has kind {(byte)record.Kind}.");
        }
    }

    /// <summary>
    /// Ends every lease. One process owns the queue, so at its start all leases are those of a dead process: their messages are visible
    /// from <paramref name="now"/> on. Dequeue counts stay.
    /// </summary>
    public void VoidLeases(long now)
    {
        foreach (var message in _messages.Values.Where(m => m.Receipt != 0).ToList())
        {
            message.Receipt = 0;
            Move(message, message.Queue, Math.Min(message.VisibleAt, now));
        }
    }

    private void Put(in QueueRecord record)
    {
        if (_messages.TryGetValue(record.Id, out var old))
            Remove(old);
        var message = new StoredMessage
        {
            Id = record.Id,
            Queue = record.Queue,
            Body = record.Body,
            InsertedAt = record.InsertedAt,
            VisibleAt = record.VisibleAt,
            DequeueCount = record.DequeueCount,
            Receipt = record.Receipt,
        };
        _messages.Add(message.Id, message);
        BodyBytes += message.Body.Length;
        Link(message);
    }

    private void Remove(StoredMessage message)
    {
        Unlink(message);
        _messages.Remove(message.Id);
        BodyBytes -= message.Body.Length;
    }

    private void Move(StoredMessage message, string queue, long visibleAt)
    {
        Unlink(message);
        message.Queue = queue;
        message.VisibleAt = visibleAt;
        Link(message);
    }

    private void Link(StoredMessage message)
    {
        if (!_queues.TryGetValue(message.Queue, out var messages))
            _queues.Add(message.Queue, messages = new SortedSet<StoredMessage>(ByVisibility));
        messages.Add(message);
    }

    private void Unlink(StoredMessage message)
    {
        var messages = _queues[message.Queue];
        messages.Remove(message);
        if (messages.Count == 0)
            _queues.Remove(message.Queue);
    }
}
