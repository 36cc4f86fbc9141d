using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>What a checkpoint must write and delete to take the record store from the last image to this snapshot.</summary>
/// <param name="Archived">Copies for the archive, under keys of their own.</param>
/// <param name="Written">For every record of the image the identity of its part, for the next one.</param>
internal sealed record CheckpointImage(
    IReadOnlyCollection<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Upserts, IReadOnlyCollection<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Archived, IReadOnlyCollection<ulong> Deletes,
    Dictionary<ulong, object> Written)
{
    public static CheckpointImage Of(ClusterSnapshot snapshot, Dictionary<ulong, object> before)
    {
        var written = new Dictionary<ulong, object>(before.Count);
        var upserts = new List<KeyValuePair<ulong, ReadOnlyMemory<byte>>>();
        var archived = new List<KeyValuePair<ulong, ReadOnlyMemory<byte>>>();
        var buffer = new byte[64 * 1024];
        foreach (var part in snapshot.Parts())
        {
            written.Add(part.Key, part.Identity);
            if (before.TryGetValue(part.Key, out var identity) && ReferenceEquals(identity, part.Identity))
            {
                for (var piece = 1; LongParts.KeyOf(part.Key, piece) is { } key && before.ContainsKey(key); piece++)
                    written.Add(key, part.Identity);
                continue;
            }

            var writer = new CommandWriter(buffer);
            part.Write(ref writer);
            buffer = writer.Buffer;
            ReadOnlyMemory<byte> bytes = writer.Written.ToArray();
            foreach (var record in LongParts.Cut(part.Key, bytes))
            {
                written[record.Key] = part.Identity;
                upserts.Add(record);
            }

            if (Archive.CopyOf(part.Key) is { } copy)
                archived.Add(new(copy, bytes));
        }

        return new CheckpointImage(upserts, archived, [.. before.Keys.Where(key => !written.ContainsKey(key))], written);
    }
}
