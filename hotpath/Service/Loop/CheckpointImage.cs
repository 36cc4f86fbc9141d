using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>What a checkpoint must write and delete to take the record store from the last image to this snapshot.</summary>
internal sealed class CheckpointImage
{
    // Stands for a part whose stored bytes nobody vouches for: it is written again, or deleted when the image has it no more.
    private static readonly object Unknown = new();

    private readonly Dictionary<ulong, object> _before;
    private readonly List<ImagePart> _changed = [];
    private byte[] _buffer = new byte[64 * 1024];

    /// <param name="snapshot">The state to be stored.</param>
    /// <param name="before">The <see cref="Written"/> of the last image that was stored. From the first record of <see cref="Upserts"/> on it no
    /// longer vouches for what is written over, so that it stays of use when the store fails.</param>
    public CheckpointImage(ClusterSnapshot snapshot, Dictionary<ulong, object> before)
    {
        _before = before;
        Written = new Dictionary<ulong, object>(before.Count);
        foreach (var part in snapshot.Parts())
        {
            Written.Add(part.Key, part.Identity);
            if (!before.TryGetValue(part.Key, out var identity) || !ReferenceEquals(identity, part.Identity))
                _changed.Add(part);
            else
                KeepPieces(part);
        }

        Deletes = [.. before.Keys.Where(key => !Written.ContainsKey(key))];
    }

    /// <summary>For every record of the image the identity of its part, for the next one; whole once <see cref="Upserts"/> has ended.</summary>
    public Dictionary<ulong, object> Written { get; }

    /// <summary>Among them the pieces of parts that have changed, which are written anew.</summary>
    public IReadOnlyCollection<ulong> Deletes { get; }

    /// <summary>Parts that have changed.</summary>
    public int Changed => _changed.Count;

    /// <summary>What vouches for nothing, of records that the store has already.</summary>
    public static Dictionary<ulong, object> Unvouched(IEnumerable<ulong> storedKeys) => storedKeys.ToDictionary(key => key, _ => Unknown);

    /// <summary>
    /// The records to be written, those for the archive under keys of their own among them. After a storm there are hundreds of thousands: each
    /// value is in one buffer for all, until the enumerator moves on.
    /// </summary>
    public IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Upserts()
    {
        foreach (var part in _changed)
        {
            var bytes = BytesOf(part);
            for (var piece = 0; LongParts.Cut(part.Key, bytes, piece) is { } record; piece++)
            {
                _before[record.Key] = Unknown;
                Written[record.Key] = part.Identity;
                yield return record;
            }

            if (Archive.CopyOf(part.Key) is { } copy)
                yield return new(copy, bytes);
        }
    }

    private void KeepPieces(ImagePart part)
    {
        for (var piece = 1; LongParts.KeyOf(part.Key, piece) is { } key && _before.ContainsKey(key); piece++)
            Written.Add(key, part.Identity);
    }

    private ReadOnlyMemory<byte> BytesOf(ImagePart part)
    {
        var writer = new CommandWriter(_buffer);
        part.Write(ref writer);
        _buffer = writer.Buffer;
        return _buffer.AsMemory(0, writer.Written.Length);
    }
}
