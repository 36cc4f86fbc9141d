using Pipeline.Journal;

namespace Pipeline.Functions.Hosting.Queues;

/// <summary>
/// Keeps the queue's log short. It knows where the last whole record of each live message lies; when the log holds more than twice
/// what lives (and some slack), each append also writes the oldest live messages again at the tail, a few at a time so that no caller waits
/// for all of them. What lies before the oldest whole record is then cut.
/// </summary>
/// <remarks>Not thread safe: the queue's gate is held for every call.</remarks>
internal sealed class QueueJournal(IDurableLog log, long slackBytes)
{
    // What a log entry costs beside its payload; without it the many small records would look free.
    private const int EntryOverhead = 32;
    private const int RewritesPerAppend = 4;

    private readonly Dictionary<long, LinkedListNode<Place>> _places = [];
    private readonly LinkedList<Place> _oldestFirst = [];
    private byte[] _buffer = new byte[1024];
    private long _end;
    private long _cut;
    private long _liveBytes;
    private (long Through, long Cut, long Committed)? _pendingCut;

    private readonly record struct Place(long Id, long Sequence, long Start, int Size);

    /// <summary>Bytes from the oldest record that is needed to the end.</summary>
    public long SpanBytes => _end - (_oldestFirst.First?.Value.Start ?? _end);

    /// <summary>Appends the record. Returns its sequence, or 0 when the log has failed and takes no more.</summary>
    public long Append(in QueueRecord record)
    {
        var size = QueueRecordCodec.Size(record);
        if (_buffer.Length < size)
            _buffer = new byte[Math.Max(size, _buffer.Length * 2)];
        QueueRecordCodec.Write(record, _buffer);
        var sequence = log.Append(_buffer.AsSpan(0, size));
        if (sequence != 0)
            Note(record, sequence, size);
        else if (record.Kind == QueueRecordKind.Delete)
            Forget(record.Id);
        return sequence;
    }

    /// <summary>Takes note of a record that the log holds at <paramref name="sequence"/>.</summary>
    public void Note(in QueueRecord record, long sequence, int size)
    {
        var start = _end;
        _end += size + EntryOverhead;
        if (record.IsWhole)
        {
            Forget(record.Id);
            _places[record.Id] = _oldestFirst.AddLast(new Place(record.Id, sequence, start, size + EntryOverhead));
            _liveBytes += size + EntryOverhead;
        }
        else if (record.Kind == QueueRecordKind.Delete)
        {
            Forget(record.Id);
        }
    }

    /// <summary>Writes some of the oldest live messages again if the log has grown too long, and cuts it where that is safe.</summary>
    public void Tidy(QueueState state)
    {
        if (log.Failure is not null)
            return;
        for (var i = 0; i < RewritesPerAppend && SpanBytes > 2 * _liveBytes + slackBytes; i++)
        {
            if (Append(QueueRecord.Keep(state.Find(_oldestFirst.First!.Value.Id)!)) == 0)
                return;
        }

        CutWhenCommitted();
    }

    private void CutWhenCommitted()
    {
        if (_pendingCut is { } pending && log.CommittedSequence >= pending.Committed)
        {
            Cut(pending.Through);
            _cut = pending.Cut;
            _pendingCut = null;
        }

        var start = _oldestFirst.First?.Value.Start ?? _end;
        if (_pendingCut is not null || start - _cut < slackBytes)
            return;
        // The newer copies must be on disk before the older ones go.
        _pendingCut = ((_oldestFirst.First?.Value.Sequence ?? log.LastSequence + 1) - 1, start, log.LastSequence);
        log.RequestCommit();
    }

    private void Cut(long through)
    {
        try
        {
            log.TruncateThrough(through);
        }
        catch (IOException)
        {
            // The log stays longer for now. Whether its disk is to be had at all, the next commit tells.
        }
    }

    private void Forget(long id)
    {
        if (!_places.Remove(id, out var place))
            return;
        _liveBytes -= place.Value.Size;
        _oldestFirst.Remove(place);
    }
}
