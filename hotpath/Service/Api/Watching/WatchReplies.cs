using Pipeline.Contracts.V1;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Watching;

/// <summary>Cuts a state, or the way from one to the next, into replies.</summary>
internal static class WatchReplies
{
    /// <summary>Nodes and names in a reply: some 30 KB, far below what a client takes in one message.</summary>
    public const int ChunkSize = 256;

    /// <summary>A watcher this far behind gets the state and not the story, which is as long and leaves it unsure of the rest.</summary>
    public static bool IsHopeless(ClusterSnapshot newest, NodeChanges changes)
        => changes.Changed.Count + changes.Removed.Count > Math.Max(4 * ChunkSize, newest.NodeCount / 2);

    /// <summary>The full state; at least one reply.</summary>
    public static IEnumerable<WatchReply> Everything(ClusterSnapshot snapshot) => Cut(snapshot, snapshot.Nodes(), [], resync: true);

    /// <summary>What has changed; at least one reply. Removed names come before nodes.</summary>
    public static IEnumerable<WatchReply> Changes(ClusterSnapshot newest, NodeChanges changes)
        => Cut(newest, changes.Changed, changes.Removed, resync: false);

    private static IEnumerable<WatchReply> Cut(ClusterSnapshot snapshot, IEnumerable<NodeView> nodes, IReadOnlyList<string> removed, bool resync)
    {
        var reply = new WatchReply { Sequence = snapshot.Sequence, Resync = resync };
        foreach (var name in removed)
        {
            if (reply.Removed.Count == ChunkSize)
                yield return Next(ref reply);
            reply.Removed.Add(name);
        }

        foreach (var node in nodes)
        {
            if (reply.Removed.Count + reply.Nodes.Count >= ChunkSize)
                yield return Next(ref reply);
            reply.Nodes.Add(ClusterApi.ToContract(node, snapshot.Repair));
        }

        yield return reply;
    }

    private static WatchReply Next(ref WatchReply reply)
    {
        var full = reply;
        full.More = true;
        reply = new WatchReply { Sequence = full.Sequence };
        return full;
    }
}
