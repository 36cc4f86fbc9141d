using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling;

/// <summary>Nodes come and go as the cluster says.</summary>
internal static class Inventory
{
    public static Reply Upsert(ClusterState state, UpsertNodeCommand command, long now, EffectBuffer effects)
    {
        if (!state.Nodes.TryFind(command.Name, out var node))
            node = state.Nodes.Add(command.Name);
        RepairEngine.NodeAppeared(state, node, now, effects);
        return Reply.Of(Outcome.Done);
    }

    public static Reply Remove(ClusterState state, RemoveNodeCommand command, long now, EffectBuffer effects)
        => throw new NotSupportedException();
}
