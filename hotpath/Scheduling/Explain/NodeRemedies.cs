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
        if (ReturnedNode(state.Nodes, shape, groups, selected) is >= 0 and var returned)
            remedies.Add(new Remedy(RemedyCode.ReturnNode, 1, state.Nodes.NameOf(returned), []));
        if (FreedNode(state, shape, groups, selected) is { } freed)
            remedies.Add(freed);
    }

    /// <summary>The lowest node out of scheduling that has room, or -1.</summary>
    private static int ReturnedNode(NodeTable nodes, in Shape shape, GroupSet groups, NodeSet? selected)
    {
        for (var node = 0; node < nodes.End; node++)
        {
            if (nodes.Exists(node) && nodes.HealthOf(node) is NodeHealth.Quarantined or NodeHealth.Cordoned
                && groups.Contains(nodes.GroupIndexOf(node)) && NodeSurvey.RoomFor(nodes, node, shape) == ReasonCode.HasRoom
                && nodes.BadGpusOf(node) == 0 && selected?.Contains(node) != false)
                return node;
        }
        return -1;
    }

    private static Remedy? FreedNode(ClusterState state, in Shape shape, GroupSet groups, NodeSet? selected)
    {
        var nodes = state.Nodes;
        var candidates = new PriorityQueue<int, (int Free, int Node)>();
        for (var node = 0; node < nodes.End; node++)
        {
            if (!nodes.Exists(node) || !nodes.IsSchedulable(node) || !groups.Contains(nodes.GroupIndexOf(node)) || selected?.Contains(node) == false)
                continue;
            candidates.Enqueue(node, (nodes.FreeGpuCount(node), -node));
            if (candidates.Count > Looked)
                candidates.Dequeue();
        }
        Remedy? best = null;
        while (candidates.TryDequeue(out var node, out _))
        {
            // Later ones have more free GPUs, and lower numbers where they have as many.
            if (Leavers(state, node, shape) is { IsDefault: false } leavers && (best is null || leavers.Length <= best.Value.Amount))
                best = new Remedy(RemedyCode.FreeNode, leavers.Length, nodes.NameOf(node), leavers);
        }
        return best;
    }

    /// <summary>Workloads of the node whose leaving makes room, those with the most GPUs first; default when not even all of them do.</summary>
    private static ImmutableArray<ulong> Leavers(ClusterState state, int node, in Shape shape)
    {
        var room = new NodeForecast(state.Nodes, node);
        var slots = new List<int>();
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
            slots.Add(slot);
        slots.Sort((a, b) => (-state.Workloads[a].Milli, state.Workloads[a].Id).CompareTo((-state.Workloads[b].Milli, state.Workloads[b].Id)));
        var leavers = ImmutableArray.CreateBuilder<ulong>();
        foreach (var slot in slots)
        {
            if (room.Places(shape, 1) > 0)
                break;
            room.Give(state.Workloads[slot]);
            leavers.Add(state.Workloads[slot].Id);
        }
        return room.Places(shape, 1) > 0 && leavers.Count > 0 ? leavers.ToImmutable() : default;
    }
}
