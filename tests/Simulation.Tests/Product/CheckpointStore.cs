using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>The record store with its last checkpoints, each written by the product's own difference to the one before.</summary>
internal sealed class CheckpointStore
{
    private const int Kept = 3;

    private readonly List<(long Sequence, Dictionary<ulong, ReadOnlyMemory<byte>> Parts)> _images = [];
    private Dictionary<ulong, object> _written = [];

    public int Count => _images.Count;

    public void Write(ClusterSnapshot snapshot)
    {
        var parts = _images.Count == 0 ? [] : new Dictionary<ulong, ReadOnlyMemory<byte>>(_images[^1].Parts);
        var image = new CheckpointImage(snapshot, _written);
        foreach (var key in image.Deletes)
            parts.Remove(key);
        foreach (var (key, bytes) in image.Upserts().Where(record => Archive.IsImage(record.Key) || LongParts.IsPiece(record.Key)))
            parts[key] = bytes.ToArray();
        _written = image.Written;
        _images.Add((snapshot.Sequence, parts));
        if (_images.Count > Kept)
            _images.RemoveAt(0);
    }

    /// <summary>A new process vouches for no part that it has not written itself.</summary>
    public void Crash() => _written = _images.Count == 0 ? [] : _images[^1].Parts.Keys.ToDictionary(key => key, _ => new object());

    /// <param name="back">0: the newest.</param>
    public (ClusterState State, long Sequence) Load(int back)
    {
        var (sequence, parts) = _images[_images.Count - 1 - back];
        return (ClusterState.Restore(parts), sequence);
    }
}
