using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Faults;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;
using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>Faults and actions, and what they do to the workloads of their node.</summary>
internal sealed partial class SimulationState
{
    private void BreakPart(PartBroken change)
    {
        var node = Node(change.Node);
        var kind = FaultTable.Find(change.Kind)
            ?? throw new InvalidDataException($"The simulation's file names the fault '{change.Kind}', which does not exist.");
        var wasReachable = node.Hardware.Reachable;
        kind.Break(node.Hardware, change.Gpu);
        if (kind.StopsNode)
            KillWorkloads(node, NodeHardware.AllGpus, change.At);
        TellLoad(node, change.At);
        if (node.Hardware.Reachable != wasReachable)
            PublishNode(node);
    }

    /// <summary>
    /// A boot takes down what runs on the node, a reset what uses the GPU. While the node is unreachable nobody can report that its
    /// workloads died: as in Kubernetes they stay in the listing until the node is back.
    /// </summary>
    private void StartAction(ActionStarted change)
    {
        var node = Node(change.Node);
        Remember(node, new ExecutedAction(
            change.Key, change.Node, change.Kind, change.GpuMask, change.At, change.EndsAt, ActionState.Running, "Under way."));

        if (!NodeHardware.Boots(change.Kind))
        {
            var gpus = change.Kind == NodeActionKind.GpuReset && change.GpuMask != 0 ? change.GpuMask : NodeHardware.AllGpus;
            KillWorkloads(node, gpus, change.At);
            return;
        }

        var wasReachable = node.Hardware.Reachable;
        node.Hardware.Kernel = KernelState.Booting;
        if (!wasReachable)
            return;
        PublishNode(node);
        KillWorkloads(node, NodeHardware.AllGpus, change.At);
    }

    private void FinishAction(ActionFinished change)
    {
        var action = _actions[change.Key];
        var node = Node(action.Node);
        _actions[change.Key] = action with
        {
            State = change.Succeeded ? ActionState.Succeeded : ActionState.Failed,
            Detail = change.Detail,
        };
        node.RunningKey = null;

        var wasReachable = node.Hardware.Reachable;
        if (change.Effective)
            node.Hardware.Undergo(action.Kind, action.GpuMask);
        else if (NodeHardware.Boots(action.Kind))
            node.Hardware.Kernel = KernelState.Down;

        if (node.Hardware.Reachable == wasReachable)
            return;
        KillWorkloads(node, NodeHardware.AllGpus, change.At);
        PublishNode(node);
    }

    private void Remember(SimulatedNode node, ExecutedAction action)
    {
        _actions.Add(action.Key, action);
        node.ActionKeys.Enqueue(action.Key);
        if (node.ActionKeys.Count > ActionsPerNode)
            _actions.Remove(node.ActionKeys.Dequeue());
        if (action.State != ActionState.Running)
            return;
        node.RunningKey = action.Key;
        Due.Add(new Due(DueKind.ActionEnds, (ulong)node.Index, action.EndsAt));
    }
}
