using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Functions.Hosting.Queues;

/// <summary>
/// Records as bytes, little endian: kind (1), id (8), visibleAt (8); Lease adds receipt (8); Enqueue and Keep add insertedAt (8),
/// dequeueCount (4), receipt (8), queue name length (1), queue name, body to the end.
/// </summary>
public static class QueueRecordCodec
{
    private const int Head = 1 + 8 + 8;
    private const int WholeHead = Head + 8 + 4 + 8 + 1;

    public static int Size(in QueueRecord record) => record.Kind switch
    {
        QueueRecordKind.Lease => Head + 8,
        QueueRecordKind.Enqueue or QueueRecordKind.Keep => WholeHead + Encoding.UTF8.GetByteCount(record.Queue) + record.Body.Length,
        _ => Head,
    };

    /// <summary>Writes the record to the start of <paramref name="target"/>, which holds at least <see cref="Size"/> bytes.</summary>
    public static void Write(in QueueRecord record, Span<byte> target)
    {
        target[0] = (byte)record.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(target[1..], record.Id);
        BinaryPrimitives.WriteInt64LittleEndian(target[9..], record.VisibleAt);
        if (record.Kind == QueueRecordKind.Lease)
            BinaryPrimitives.WriteInt64LittleEndian(target[Head..], record.Receipt);
        if (!record.IsWhole)
            return;
        BinaryPrimitives.WriteInt64LittleEndian(target[Head..], record.InsertedAt);
        BinaryPrimitives.WriteInt32LittleEndian(target[(Head + 8)..], record.DequeueCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[(Head + 12)..], record.Receipt);
        var nameLength = Encoding.UTF8.GetBytes(record.Queue, target[WholeHead..]);
        target[WholeHead - 1] = (byte)nameLength;
        record.Body.Span.CopyTo(target[(WholeHead + nameLength)..]);
    }

    /// <exception cref="InvalidDataException">The bytes are no record.</exception>
    public static QueueRecord Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < Head)
            throw Damaged("it is too short");
        var kind = (QueueRecordKind)source[0];
        var id = BinaryPrimitives.ReadInt64LittleEndian(source[1..]);
        var visibleAt = BinaryPrimitives.ReadInt64LittleEndian(source[9..]);
        switch (kind)
        {
            case QueueRecordKind.Lease:
                if (source.Length != Head + 8)
                    throw Damaged("a lease has the wrong length");
                return QueueRecord.Lease(id, BinaryPrimitives.ReadInt64LittleEndian(source[Head..]), visibleAt);
            case QueueRecordKind.Enqueue or QueueRecordKind.Keep:
                return ReadWhole(kind, id, visibleAt, source);
            case QueueRecordKind.Renew or QueueRecordKind.Release or QueueRecordKind.Delete or QueueRecordKind.Poison:
                if (source.Length != Head)
                    throw Damaged($"a {kind} has the wrong length");
                return new QueueRecord(kind, id, "", default, 0, visibleAt, 0, 0);
            default:
                throw Damaged($"its kind is {source[0]}");
        }
    }

    private static QueueRecord ReadWhole(QueueRecordKind kind, long id, long visibleAt, ReadOnlySpan<byte> source)
    {
        if (source.Length < WholeHead || source.Length < WholeHead + source[WholeHead - 1])
            throw Damaged($"a {kind} is too short");
        var nameLength = source[WholeHead - 1];
        return new QueueRecord(
            kind,
            id,
            Encoding.UTF8.GetString(source.Slice(WholeHead, nameLength)),
            source[(WholeHead + nameLength)..].ToArray(),
            BinaryPrimitives.ReadInt64LittleEndian(source[Head..]),
            visibleAt,
            BinaryPrimitives.ReadInt32LittleEndian(source[(Head + 8)..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[(Head + 12)..]));
    }

    private static InvalidDataException Damaged(string why) => new($"The queue's log holds a record that cannot be read: {why}.");
}
