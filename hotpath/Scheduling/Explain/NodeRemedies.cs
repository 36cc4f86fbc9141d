using System.Collections.Immutable;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations.Estimates;

namespace Pipeline.Scheduling.Explain;

/// <summary>What could be done about one node so that it takes a workload.</summary>
internal static class NodeRemedies
{
    // Of the nodes with the most free GPUs: what it takes to free another one is hardly less.
    private const int Looked = 16;

    public static void Add(ClusterState state, in Shape shape, GroupSet groups, NodeSet? selected, ImmutableArray<Remedy>.Builder remedies)
    {
        if (ReturnedNode(state, shape, groups, selected) is >= 0 and var returned)
            remedies.Add(new Remedy(RemedyCode.ReturnNode, 1, state.Nodes.NameOf(returned), []));
        if (FreedNode(state, shape, groups, selected) is { } freed)
            remedies.Add(freed);
    }

    /// <summary>The lowest node that has room and that a repair or a cordon alone keeps out of scheduling, or -1.</summary>
    private static int ReturnedNode(ClusterState state, in Shape shape, GroupSet groups, NodeSet? selected)
    {
        var nodes = state.Nodes;
        for (var node = 0; node < nodes.End; node++)
        {
            if (nodes.Exists(node) && IsAllThatKeepsItOut(state, node) && groups.Contains(nodes.GroupIndexOf(node))
                && NodeSurvey.RoomFor(nodes, node, shape) == ReasonCode.HasRoom && nodes.BadGpusOf(node) == 0 && selected?.Contains(node) != false)
                return node;
        }
        return -1;
    }

    // A node given back may still be kept for a reservation, be out of reach, or be somebody else's to uncordon.
    private static bool IsAllThatKeepsItOut(ClusterState state, int node)
        => state.Blocks.Of(node).IsEmpty && state.Nodes.ShapeOf(node) is { Reachable: true } shape && state.Nodes.HealthOf(node) switch
        {
            NodeHealth.Quarantined => !shape.ForeignCordon,
            NodeHealth.Cordoned => true,
            _ => false,
        };

    private static Remedy? FreedNode(ClusterState state, in Shape shape, GroupSet groups, NodeSet? selected)
    {
        var nodes = state.Nodes;
        var candidates = new PriorityQueue<int, (int Free, int Node)>();
        for (var node = 0; node < nodes.End; node++)
        {
            if (!nodes.Exists(node) || !nodes.IsSchedulable(node) || !groups.Contains(nodes.GroupIndexOf(node)) || selected?.Contains(node) == false)
                continue;
            var order = (nodes.FreeGpuCount(node), -node);
            if (candidates.Count < Looked)
                candidates.Enqueue(node, order);
            else if (candidates.TryPeek(out _, out var least) && order.CompareTo(least) > 0)
                candidates.DequeueEnqueue(node, order);
        }
        var (best, leavers) = (-1, new List<int>());
        while (candidates.TryDequeue(out var node, out _))
        {
            // Later ones have more free GPUs, and lower numbers where they have as many.
            if (Leavers(state, node, shape) is { Count: > 0 } slots && (best < 0 || slots.Count <= leavers.Count))
                (best, leavers) = (node, slots);
        }
        if (best < 0)
            return null;
        Spare(state, best, shape, leavers);
        return new Remedy(RemedyCode.FreeNode, leavers.Count, nodes.NameOf(best), [.. leavers.Select(slot => state.Workloads[slot].Id)]);
    }

    /// <summary>Workloads of the node whose leaving makes room, those with the most GPUs first; null when not even all of them do.</summary>
    private static List<int>? Leavers(ClusterState state, int node, in Shape shape)
    {
        var room = new NodeForecast(state.Nodes, node);
        var slots = new List<int>();
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
            slots.Add(slot);
        slots.Sort((a, b) => (-state.Workloads[a].Milli, state.Workloads[a].Id).CompareTo((-state.Workloads[b].Milli, state.Workloads[b].Id)));
        var leaving = 0;
        for (; leaving < slots.Count && room.Places(shape, 1) == 0; leaving++)
            room.Give(state.Workloads[slots[leaving]]);
        return room.Places(shape, 1) > 0 ? slots[..leaving] : null;
    }

    /// <summary>Keeps only those without whose leaving there is no room: one that goes for its GPUs need not once another goes for its memory.</summary>
    private static void Spare(ClusterState state, int node, in Shape shape, List<int> leavers)
    {
        for (var at = leavers.Count - 1; at >= 0; at--)
        {
            var room = new NodeForecast(state.Nodes, node);
            for (var other = 0; other < leavers.Count; other++)
            {
                if (other != at)
                    room.Give(state.Workloads[leavers[other]]);
            }
            if (room.Places(shape, 1) > 0)
                leavers.RemoveAt(at);
        }
    }
}
