using System.Numerics;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations.Estimates;

namespace Pipeline.Scheduling.Gangs;

/// <summary>A node goes out of scheduling with members of gangs on it: each is offered another node, in its own domain first.</summary>
internal static class Replacement
{
    public static void Offer(ClusterState state, int node, EffectBuffer effects)
    {
        var rooms = new Dictionary<int, NodeForecast>();
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            ref readonly var row = ref state.Workloads[slot];
            if (row.Set < 0 || state.Sets[row.Set].Kind != SetKind.Gang || Nearest(state, row, rooms) is not (>= 0 and var other))
                continue;
            effects.Add(new Effect.ReplacementOffered(
                node, state.Nodes.NameOf(node), state.Sets[row.Set].Id, row.Id, state.Nodes.NameOf(other)));
        }
    }

    /// <summary>The nearest node of a machine group that will do that has room, of several the one with the fewest free GPUs; or -1.</summary>
    private static int Nearest(ClusterState state, in WorkloadRow row, Dictionary<int, NodeForecast> rooms)
    {
        var (nodes, tree) = (state.Nodes, state.Nodes.Topology);
        var (shape, seen, seenEnd) = (ShapeOf(state, row), -1, -1);
        foreach (var domain in tree.NearToFar(nodes.DomainOf(row.Node)))
        {
            var best = -1;
            for (var part = domain; part < tree.EndOf(domain); part++)
            {
                // What lies in the domain looked at before has nothing.
                if (part >= seen && part < seenEnd)
                    continue;
                foreach (var node in nodes.NodesUnder(part))
                {
                    if (!nodes.IsSchedulable(node) || !shape.Groups.Contains(nodes.GroupIndexOf(node)) || (best >= 0 && nodes.FreeGpuCount(node) >= nodes.FreeGpuCount(best)))
                        continue;
                    if ((rooms.GetValueOrDefault(node) ?? new NodeForecast(nodes, node)).Places(shape, 1) > 0)
                        best = node;
                }
            }
            if (best >= 0)
            {
                if (!rooms.TryGetValue(best, out var room))
                    rooms.Add(best, room = new NodeForecast(nodes, best));
                room.Take(shape, 1);
                return best;
            }
            (seen, seenEnd) = (domain, tree.EndOf(domain));
        }
        return -1;
    }

    private static Shape ShapeOf(ClusterState state, in WorkloadRow row)
        => new(BitOperations.PopCount(row.Gpus), row.GpuMilli, row.Cpu, row.Memory, GroupsOf(state, row));

    /// <summary>Members with GPUs share a machine group, unless they may mix; one without may be on any that its role accepts.</summary>
    private static GroupSet GroupsOf(ClusterState state, in WorkloadRow row)
    {
        if ((row.Gpus == 0 || state.Tenancy.Policy.Gangs.MixGroups) && state.Sets[row.Set].Gang is { } gang)
        {
            foreach (var role in gang.Roles)
            {
                if (role.Members.Contains(row.Id))
                    return role.Shape.Groups;
            }
        }
        return GroupSet.Of(row.Group);
    }
}
