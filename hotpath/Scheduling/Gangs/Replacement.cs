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
            var role = RoleOf(set.Gang, row.Id);
            var shape = ShapeOf(state, row, role < 0 ? null : set.Gang!.Roles[role]);
            var other = new ReplacementSearch(state, shape, set.Gang, role, offered).Nearest(node);
            if (other < 0)
                continue;
            offered.Take(state.Nodes, other, shape);
            effects.Add(new Effect.ReplacementOffered(node, state.Nodes.NameOf(node), set.Id, row.Id, state.Nodes.NameOf(other)));
        }
    }

    /// <summary>Index of the member's role; -1: the gang was found running, or has been described without it since.</summary>
    private static int RoleOf(GangSpec? gang, ulong member)
    {
        var role = (gang?.Roles.Length ?? 0) - 1;
        while (role >= 0 && !gang!.Roles[role].Members.Contains(member))
            role--;
        return role;
    }

    private static Shape ShapeOf(ClusterState state, in WorkloadRow row, GangRole? role)
    {
        // Members with GPUs share a machine group, unless they may mix; one without may be on any that its role accepts.
        var anyGroup = role is not null && (row.Gpus == 0 || state.Tenancy.Policy.Gangs.MixGroups);
        return new Shape(BitOperations.PopCount(row.Gpus), row.GpuMilli, row.Cpu, row.Memory, anyGroup ? role!.Shape.Groups : GroupSet.Of(row.Group));
    }
}
