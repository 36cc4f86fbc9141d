using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The placement rule. Of the nodes that have room, the one
/// 1. on which the workload strands the least GPU (<see cref="Stranding"/>);
/// 2. whose machine group is not sought by name (<see cref="DemandMix"/>), unless the workload takes no GPU;
/// 3. that has the fewest free whole GPUs (MostAllocated), so that blocks of GPUs stay whole;
/// 4. that has the least CPU and memory to spare for its free GPUs;
/// 5. with the lowest index.
/// A share of a GPU goes beside another share wherever one fits, with the tightest part of a GPU instead of 3, and opens a GPU
/// only when none does.
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
        if (command.Groups is { Count: > 0 } groups && groups[groups.Count - 1] >= nodes.Groups.Length)
            return Reply.Of(Outcome.NotFound, $"Groups: there is no machine group {groups[groups.Count - 1]}.");
        if (workloads.IsFull)
            return Reply.Of(Outcome.NoFit, $"The model holds no more than {SlotSet.MaxSlots} workloads.");
        var node = Choose(nodes, command, [], out var gpus);
        if (node < 0)
            return Reply.Of(Outcome.NoFit);
        Ledger.Enter(state, new WorkloadRow(
            command.Workload, command.Name, now + AssumptionLife, node, (int)command.CpuMilli, (int)command.MemoryMib,
            (ushort)gpus, MilliOf(gpus, command.GpuMilli)));
        if (gpus != 0)
            nodes.Learn(command);
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

    /// <summary>The node, or -1 when nothing fits; changes nothing.</summary>
    /// <param name="excluded">Node indices that will not do; a few.</param>
    internal static int Choose(NodeTable nodes, PlaceCommand command, ReadOnlySpan<int> excluded, out uint gpus)
    {
        Span<int> pools = stackalloc int[GroupSet.Max];
        pools = pools[..PoolsOf(nodes, command.Groups, pools)];
        var (cpu, memory) = ((int)command.CpuMilli, (int)command.MemoryMib);
        var tilt = Stranding.Tilt(nodes.Mix.Exchange.Taken(cpu, memory), command.GpuCount * command.GpuMilli);
        if (command is { GpuCount: 1, GpuMilli: < NodeTable.WholeGpu })
        {
            var besides = new Wish { Need = new Headroom(cpu, memory, command.GpuMilli), Tilt = tilt, Excluded = excluded };
            var beside = nodes.Index.BestFit(pools, besides);
            if (beside >= 0)
            {
                gpus = GpuChoice.Part(nodes, beside, command.GpuMilli);
                return beside;
            }
        }
        var wish = new Wish
        {
            Need = new Headroom(cpu, memory, 0),
            Free = command.GpuCount,
            Tilt = tilt,
            GpuLess = command.GpuCount == 0,
            Excluded = excluded,
        };
        var node = nodes.Index.BestFit(pools, wish);
        gpus = node < 0 ? 0 : GpuChoice.Whole(nodes, node, command.GpuCount);
        return node;
    }

    private static int PoolsOf(NodeTable nodes, GroupSet groups, Span<int> pools)
    {
        if (groups.Count == 0)
        {
            pools[0] = PlacementIndex.All;
            return 1;
        }
        for (var i = 0; i < groups.Count; i++)
            pools[i] = nodes.PoolOf(groups[i]);
        return groups.Count;
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
