using System.Collections.Immutable;
using System.Text.Json;

namespace Pipeline.Functions.Api.Events;

/// <summary>
/// What is published for every listener. Listeners pull from it at their own pace: the last few deltas are kept, and one
/// that fell further behind takes a snapshot, so a slow listener costs nothing and blocks nobody.
/// </summary>
internal sealed class FeedState
{
    private const int KeptDeltas = 8;

    private readonly ImmutableArray<byte[]> _deltas;
    private readonly Lazy<byte[]> _snapshot;
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FeedState(long version, ClusterPicture picture, string? trouble, ImmutableArray<byte[]> deltas, bool simulated)
    {
        Version = version;
        Picture = picture;
        Trouble = trouble;
        _deltas = deltas;
        _snapshot = new(() => Frame("snapshot"u8, JsonSerializer.SerializeToUtf8Bytes(picture.Snapshot(simulated, trouble), ApiJson.Default.SnapshotJson)));
        Simulated = simulated;
    }

    /// <summary>Counts publications and never goes back.</summary>
    public long Version { get; }

    /// <summary>There is something to show: a picture, or why there is none.</summary>
    public bool Ready => Picture.At is not null || Trouble is not null;

    public ClusterPicture Picture { get; }

    public string? Trouble { get; }

    public bool Simulated { get; }

    /// <summary>Completes when a newer state is published.</summary>
    public Task Replaced => _replaced.Task;

    public static FeedState Nothing(bool simulated) => new(0, ClusterPicture.Empty, null, [], simulated);

    /// <summary>The next state; null when nothing that the page shows has changed.</summary>
    public FeedState? Next(ClusterPicture picture, string? trouble)
    {
        var delta = picture.Since(Picture, trouble);
        // A delta says of no run that it is gone, and a live one only goes with its engine's data.
        if (!Ready || Picture.Runs.Values.Any(run => !run.Ended && !picture.Runs.ContainsKey(run.Id)))
            return new FeedState(Version + 1, picture, trouble, [], Simulated);
        if (delta is { Nodes.Count: 0, Gone.Count: 0, Runs.Count: 0 } && trouble == Trouble && picture.MoreRuns == Picture.MoreRuns)
            return null;
        var frame = Frame("delta"u8, JsonSerializer.SerializeToUtf8Bytes(delta, ApiJson.Default.DeltaJson));
        var kept = _deltas.Length == KeptDeltas ? _deltas.RemoveAt(0) : _deltas;
        return new FeedState(Version + 1, picture, trouble, kept.Add(frame), Simulated);
    }

    /// <summary>Nothing to show, so that a listener who comes after a pause sees no old picture.</summary>
    public FeedState Forgotten() => new(Version, ClusterPicture.Empty, null, [], Simulated);

    public void MarkReplaced() => _replaced.TrySetResult();

    /// <summary>Frames that bring a listener from <paramref name="version"/> (0: it has nothing) here.</summary>
    public IEnumerable<byte[]> FramesSince(long version)
    {
        var missing = (int)Math.Min(Version - version, int.MaxValue);
        if (missing == 0 || !Ready)
            return [];
        return version > 0 && missing <= _deltas.Length ? _deltas.Skip(_deltas.Length - missing) : [_snapshot.Value];
    }

    private static byte[] Frame(ReadOnlySpan<byte> name, byte[] json) => [.. "event: "u8, .. name, .. "\ndata: "u8, .. json, .. "\n\n"u8];
}
