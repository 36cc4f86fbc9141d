using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling;

/// <summary>Nodes come and go as the cluster says.</summary>
internal static class Inventory
{
    public static Reply Upsert(ClusterState state, UpsertNodeCommand command, long now, EffectBuffer effects)
    {
        if (Demand.Problem(command) is { } problem)
            return Reply.Invalid(problem);
        var nodes = state.Nodes;
        var known = nodes.TryFind(command.Name, out var node);
        if (!known && nodes.Count >= NodeTable.MaxNodes)
            return Reply.Invalid($"Name: the model holds no more than {NodeTable.MaxNodes} nodes.");
        var group = GroupForgetting.IndexFor(state, command.Group, now, out var changed);
        var ungrouped = group == NodeTable.NoGroup ? new Ungrouped(command.Group) : null;
        var shape = new NodeShape(
            command.GpuCount, (int)command.CpuMilli, (int)command.MemoryMib, group, command.TopologyLeaf,
            command.Reachable, command.ForeignCordon, command.Zone)
        {
            MaxWorkloads = command.MaxWorkloads,
        };
        if (known)
        {
            changed |= nodes.Update(node, shape);
            return new Reply(changed ? Outcome.Done : Outcome.Unchanged, node, 0, changed, ungrouped);
        }
        node = nodes.Add(command.Name, shape);
        RepairEngine.NodeAppeared(state, node, now, effects);
        return new Reply(Outcome.Done, node, 0, true, ungrouped);
    }

    public static Reply SetTopology(ClusterState state, SetTopologyCommand command)
    {
        if (!TopologyTree.TryBuild(command.Domains, out var tree, out var problem))
            return Reply.Invalid(problem);
        if (SameBytes.Of(tree.Definitions, state.Nodes.Topology.Definitions, TopologyCodec.Write))
            return Reply.Of(Outcome.Unchanged);
        state.Nodes.SetTopology(tree);
        return Reply.Of(Outcome.Done);
    }

    public static Reply Remove(ClusterState state, RemoveNodeCommand command, long now, EffectBuffer effects)
    {
        if (!state.Nodes.TryFind(command.Name, out var node))
            return Reply.Of(Outcome.NotFound);
        var gangs = Departing.GangsWaitingOn(state, node);
        Ledger.StrikeAllOf(state, node);
        // While the node still has its name: the run's last effects carry it.
        RepairEngine.NodeRemoved(state, node, now, effects);
        Bookkeeping.NodeRemoved(state, node);
        Departing.NodeRemoved(state, node);
        Departing.StartRest(state, gangs, now, effects);
        state.Pending.Selections.NodeRemoved(node);
        state.Nodes.Remove(node);
        return new Reply(Outcome.Done, node, 0, true, null);
    }
}
