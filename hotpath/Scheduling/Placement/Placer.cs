using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// MostAllocated best fit: of the nodes that have room, one with the fewest free whole GPUs; of several, the lowest node index.
/// A share of a GPU goes beside another share where one fits, and opens a GPU only when none does. A workload without GPUs
/// goes where it takes the fewest free GPUs out of reach.
/// </summary>
internal static class Placer
{
    /// <summary>
    /// Milliseconds that a placement is held without a bind. The scheduler's own bind takes seconds at worst; a caller that
    /// died in between must not hold GPUs for longer than people take to notice.
    /// </summary>
    public const long AssumptionLife = 30_000;

    public static Reply Place(ClusterState state, PlaceCommand command, long now)
    {
        if (Demand.Problem(command) is { } problem)
            return Reply.Invalid(problem);
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        if (workloads.TryFind(command.Workload, out var slot))
            return At(state, Outcome.Unchanged, slot);
        if (command.Group >= nodes.Groups.Length)
            return Reply.Of(Outcome.NotFound, $"Group: there is no machine group {command.Group}.");
        if (workloads.IsFull)
            return Reply.Of(Outcome.NoFit, $"The model holds no more than {SlotSet.MaxSlots} workloads.");
        var node = Choose(nodes, command, out var gpus);
        if (node < 0)
            return Reply.Of(Outcome.NoFit);
        Ledger.Enter(state, new WorkloadRow(
            command.Workload, command.Name, now + AssumptionLife, node, (int)command.CpuMilli, (int)command.MemoryMib,
            (ushort)gpus, MilliOf(gpus, command.GpuMilli)));
        return new Reply(Outcome.Done, node, gpus, true, nodes.NameOf(node));
    }

    public static Reply Confirm(ClusterState state, ConfirmCommand command)
    {
        return state.Workloads.TryFind(command.Workload, out var slot) ? ConfirmAt(state, slot) : Reply.Of(Outcome.NotFound);
    }

    public static Reply Release(ClusterState state, ReleaseCommand command)
    {
        if (!state.Workloads.TryFind(command.Workload, out var slot))
            return Reply.Of(Outcome.NotFound);
        var reply = At(state, Outcome.Done, slot);
        Ledger.Strike(state, slot);
        return reply;
    }

    public static Reply Bind(ClusterState state, BindCommand command)
    {
        if (Demand.Problem(command) is { } problem)
            return Reply.Invalid(problem);
        if (!state.Nodes.TryFind(command.Node, out var node))
            return Reply.Of(Outcome.NotFound, $"Node: there is no node '{command.Node}'.");
        var row = new WorkloadRow(
            command.Workload, command.Name, 0, node, (int)command.CpuMilli, (int)command.MemoryMib,
            (ushort)command.GpuMask, MilliOf(command.GpuMask, command.GpuMilli));
        if (state.Workloads.TryFind(command.Workload, out var slot))
        {
            if (state.Workloads[slot] with { AssumedUntil = 0 } == row)
                return ConfirmAt(state, slot);
            Ledger.Strike(state, slot);
        }
        else if (state.Workloads.IsFull)
        {
            return Reply.Of(Outcome.NoFit, $"The model holds no more than {SlotSet.MaxSlots} workloads.");
        }
        Ledger.Enter(state, row);
        return new Reply(Outcome.Done, node, command.GpuMask, true, null);
    }

    private static int Choose(NodeTable nodes, PlaceCommand command, out uint gpus)
    {
        var need = new Headroom((int)command.CpuMilli, (int)command.MemoryMib, 0);
        if (command is { GpuCount: 1, GpuMilli: < NodeTable.WholeGpu })
        {
            var beside = nodes.Index.BestFit(command.Group, 0, need with { Share = command.GpuMilli });
            if (beside >= 0)
            {
                gpus = GpuChoice.Part(nodes, beside, command.GpuMilli);
                return beside;
            }
        }
        var node = nodes.Index.BestFit(command.Group, command.GpuCount, need);
        gpus = node < 0 ? 0 : GpuChoice.Whole(nodes, node, command.GpuCount);
        return node;
    }

    private static ushort MilliOf(uint gpus, int milli) => gpus == 0 ? (ushort)0 : (ushort)milli;

    private static Reply ConfirmAt(ClusterState state, int slot)
    {
        if (state.Workloads[slot].AssumedUntil == 0)
            return At(state, Outcome.Unchanged, slot);
        state.Workloads.Confirm(slot);
        return At(state, Outcome.Done, slot);
    }

    private static Reply At(ClusterState state, Outcome outcome, int slot)
        => new(outcome, state.Workloads[slot].Node, state.Workloads[slot].Gpus, outcome == Outcome.Done, state.Nodes.NameOf(state.Workloads[slot].Node));
}
