namespace Pipeline.Functions.Hosting.Queues;

/// <summary>Kinds of journal record. The numbers are on disk: never reuse one, a changed layout takes a new number.</summary>
public enum QueueRecordKind : byte
{
    /// <summary>A new message.</summary>
    Enqueue = 1,

    /// <summary>A reader took the message under a new receipt; counts as a dequeue.</summary>
    Lease = 2,

    /// <summary>The reader keeps the message for longer.</summary>
    Renew = 3,

    /// <summary>The reader gives the message back.</summary>
    Release = 4,

    /// <summary>The message is done.</summary>
    Delete = 5,

    /// <summary>The message failed too often and moves to the poison queue of its queue.</summary>
    Poison = 6,

    /// <summary>The whole state of a message, written again so that the log in front of it can be cut.</summary>
    Keep = 7,
}

/// <summary>One change of the queue's state. Fields that a kind does not name are default.</summary>
/// <param name="Kind">What changes.</param>
/// <param name="Id">Message: every kind.</param>
/// <param name="Queue">Enqueue, Keep.</param>
/// <param name="Body">UTF-8. Enqueue, Keep.</param>
/// <param name="InsertedAt">Unix ms. Enqueue, Keep.</param>
/// <param name="VisibleAt">Unix ms. Every kind but Delete.</param>
/// <param name="DequeueCount">Keep.</param>
/// <param name="Receipt">Lease: the new one. Keep: the current one, 0 when nobody holds the message.</param>
public readonly record struct QueueRecord(
    QueueRecordKind Kind,
    long Id,
    string Queue,
    ReadOnlyMemory<byte> Body,
    long InsertedAt,
    long VisibleAt,
    int DequeueCount,
    long Receipt)
{
    public static QueueRecord Enqueue(long id, string queue, ReadOnlyMemory<byte> body, long insertedAt, long visibleAt) =>
        new(QueueRecordKind.Enqueue, id, queue, body, insertedAt, visibleAt, 0, 0);

    public static QueueRecord Lease(long id, long receipt, long visibleAt) =>
        new(QueueRecordKind.Lease, id, "", default, 0, visibleAt, 0, receipt);

    public static QueueRecord Renew(long id, long visibleAt) => new(QueueRecordKind.Renew, id, "", default, 0, visibleAt, 0, 0);

    public static QueueRecord Release(long id, long visibleAt) => new(QueueRecordKind.Release, id, "", default, 0, visibleAt, 0, 0);

    public static QueueRecord Delete(long id) => new(QueueRecordKind.Delete, id, "", default, 0, 0, 0, 0);

    public static QueueRecord Poison(long id, long visibleAt) => new(QueueRecordKind.Poison, id, "", default, 0, visibleAt, 0, 0);

    public static QueueRecord Keep(StoredMessage message) => new(
        QueueRecordKind.Keep,
        message.Id,
        message.Queue,
        message.Body,
        message.InsertedAt,
        message.VisibleAt,
        message.DequeueCount,
        message.Receipt);

    /// <summary>The record alone is enough to know the message.</summary>
    public bool IsWhole => Kind is QueueRecordKind.Enqueue or QueueRecordKind.Keep;
}
