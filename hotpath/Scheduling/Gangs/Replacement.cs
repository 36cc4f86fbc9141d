using System.Numerics;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Gangs;

/// <summary>A node goes out of scheduling with members of gangs on it: each is offered another node, in its own domain first.</summary>
internal static class Replacement
{
    public static void Offer(ClusterState state, int node, EffectBuffer effects)
    {
        var offered = new OfferedRoom();
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            ref readonly var row = ref state.Workloads[slot];
            if (row.Set < 0 || state.Sets[row.Set] is not { Kind: SetKind.Gang } set)
                continue;
            var shape = ShapeOf(state, row);
            var other = new ReplacementSearch(state, shape, set.Gang?.Milli ?? row.Milli, offered).Nearest(node);
            if (other < 0)
                continue;
            offered.Take(state.Nodes, other, shape);
            effects.Add(new Effect.ReplacementOffered(node, state.Nodes.NameOf(node), set.Id, row.Id, state.Nodes.NameOf(other)));
        }
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
