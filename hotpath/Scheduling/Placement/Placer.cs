using System.Numerics;
using System.Runtime.CompilerServices;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Placement;

/// <summary>Workloads come, are bound, and go. Where one goes is <see cref="NodeChoice"/>'s to say.</summary>
internal static class Placer
{
    /// <summary>
    /// Milliseconds that a placement is held without a bind. The scheduler's own bind takes seconds at worst; a caller that
    /// died in between must not hold GPUs for longer than people take to notice.
    /// </summary>
    public const long AssumptionLife = 30_000;

    /// <summary>
    /// Milliseconds for places that take longer to fill: a gang has hundreds of binds, and the victims of a preemption need their grace to
    /// end first, for which training jobs ask minutes to save their work.
    /// </summary>
    public const long LongAssumptionLife = 300_000;

    public static Reply Place(ClusterState state, PlaceCommand command, long now, EffectBuffer effects)
    {
        var shape = command.Shape;
        ref readonly var traits = ref command.AskedTraits;
        if (Demand.Problem(command, shape) is { } problem)
            return Reply.Invalid(problem);
        var moved = state.Workloads.TryFind(command.Workload, out var slot);
        if (moved && Again(state, command, slot) is { } same)
            return same;
        if (state.Pending.TryFindWorkload(command.Workload, out var waiting))
            return StillWaiting(state, command, waiting);
        if (state.Departures.Has(command.Workload))
            return Reply.Of(Outcome.AlreadyExists, $"Workload: {command.Workload} was told to go and has not gone; release it first, or choose another id.");
        if (!Entry.IsAllowed(state, shape.Groups, traits))
            return Refused(state, command, moved);
        // Placed at once it would overtake those that wait, in the time from when room is made until the next cycle.
        var behind = command.Wait && state.Pending.Count > 0;
        var who = new Beneficiary(command.Workload, command.Name, command.Actor);
        var outcome = behind ? Outcome.NoFit : SeatFree(state, who, shape, traits, command.Accepted, now, out slot);
        if (outcome != Outcome.Done)
            return Unplaced(state, command, who, outcome, command.MayPreempt && !command.InTurn && !behind, moved, now, effects);
        Entry.NoteUrgent(state, command.Workload, command.Name, traits, command.Actor, effects);
        return At(state, Outcome.Done, slot);
    }

    /// <summary>Places a workload that has no place yet, on what is free or else on what others give up. Changes nothing unless the outcome is <see cref="Outcome.Done"/>.</summary>
    public static Reply Seat(
        ClusterState state, in Beneficiary who, in Shape shape, in WorkloadTraits traits, NodeSet? candidates, bool mayPreempt, long now,
        EffectBuffer effects)
    {
        var outcome = SeatFree(state, who, shape, traits, candidates, now, out var slot);
        return outcome == Outcome.Done
            ? At(state, Outcome.Done, slot)
            : SeatTaken(state, who, shape, traits, candidates, outcome, mayPreempt, now, effects);
    }

    /// <summary>No workload fits into the model, wherever there are GPUs.</summary>
    public static Reply ModelIsFull() => Reply.Of(Outcome.NoFit, $"The model holds no more than {SlotSet.MaxSlots} workloads.");

    /// <summary>A workload that has a place is asked for again.</summary>
    /// <returns>Null: it has none any more, since it must move.</returns>
    // Like what follows, not inlined: what seldom happens would widen the frame of every placement, which is cleared each time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Reply? Again(ClusterState state, PlaceCommand command, int slot)
    {
        if (!Repeats.Match(state.Workloads[slot], command.Shape, command.AskedTraits))
            return Repeats.Refusal("Workload", command.Workload);
        if (!MustMove(state, state.Workloads[slot], command.Accepted))
            return At(state, Outcome.Unchanged, slot);
        Ledger.Strike(state, slot);
        return null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Reply StillWaiting(ClusterState state, PlaceCommand command, int waiting)
        => !Repeats.Match(state.Pending[waiting], command.Shape, command.AskedTraits) ? Repeats.Refusal("Workload", command.Workload)
        : command.Wait ? Waiting.Repeat(state, waiting, command)
        : Reply.Of(Outcome.Queued);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Reply Refused(ClusterState state, PlaceCommand command, bool moved)
        => Entry.Refusal(state, command.Groups, command.AskedTraits) with { Changed = moved };

    // The caller cannot use the place, and nobody else gets it while it is held. A member of a gang keeps to the plan of the whole.
    private static bool MustMove(ClusterState state, in WorkloadRow row, NodeSet? candidates)
        => candidates is not null && row.AssumedUntil != 0 && !candidates.Contains(row.Node)
        && (row.Set < 0 || state.Sets[row.Set].Kind != SetKind.Gang);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Reply Unplaced(
        ClusterState state, PlaceCommand command, in Beneficiary who, Outcome outcome, bool mayPreempt, bool moved, long now, EffectBuffer effects)
    {
        var reply = SeatTaken(state, who, command.Shape, command.AskedTraits, command.Accepted, outcome, mayPreempt, now, effects);
        if (reply.Outcome == Outcome.Done)
            Entry.NoteUrgent(state, command.Workload, command.Name, command.AskedTraits, command.Actor, effects);
        reply = reply with { Changed = reply.Changed || moved };
        if (!command.Wait || reply.Outcome is not (Outcome.NoFit or Outcome.OverQuota))
            return reply;
        var job = new PendingJob(
            0, command.Workload, command.Name, command.Traits, command.Shape, null, command.MayPreempt, command.Actor, now)
        {
            InTurn = command.InTurn,
        };
        return Waiting.Enqueue(state, job, [command.Selection], reply, effects);
    }

    // On what others give up, when nothing is free.
    private static Reply SeatTaken(
        ClusterState state, in Beneficiary who, in Shape shape, in WorkloadTraits traits, NodeSet? candidates, Outcome outcome, bool mayPreempt,
        long now, EffectBuffer effects)
    {
        if (outcome != Outcome.NoFit || !mayPreempt || Preempting.Seat(state, who, shape, traits, candidates, now, effects) is not { } reply)
            return state.Workloads.HasRoomFor(1) ? Reply.Of(outcome) : ModelIsFull();
        if (reply.Outcome == Outcome.Done)
            state.Nodes.Learn(shape);
        return reply;
    }

    private static Outcome SeatFree(
        ClusterState state, in Beneficiary who, in Shape shape, in WorkloadTraits traits, NodeSet? candidates, long now, out int slot)
    {
        slot = -1;
        if (!state.Workloads.HasRoomFor(1))
            return Outcome.NoFit;
        var groups = Entry.AdmittedGroups(state, shape, traits);
        if (groups.IsEmpty)
            return Outcome.OverQuota;
        var node = BlockedChoice.Choose(state, who.Id, shape, traits, groups, candidates, now, out var gpus);
        if (node < 0)
        {
            node = traits.Service != 0
                ? Spread.Choose(state, traits.Service, shape, groups, candidates, out gpus)
                : NodeChoice.Of(state, shape, groups, shape.Milli, candidates, out gpus);
        }
        if (node < 0)
            return Outcome.NoFit;
        var set = traits.Service == 0 ? -1 : state.Sets.Ensure(SetKind.Service, traits.Service, null);
        var life = state.Departures.IsClear(node) ? AssumptionLife : LongAssumptionLife;
        slot = Ledger.Enter(state, RowFor(state, who.Id, who.Name, shape, traits, node, gpus, now + life, set));
        state.Nodes.Learn(shape);
        return Outcome.Done;
    }

    /// <summary>The row of a workload on the node and GPUs that were chosen for it.</summary>
    /// <param name="assumedUntil">Unix milliseconds; 0: the cluster runs it.</param>
    /// <param name="set">Its gang or service, or -1.</param>
    // Inlined, it is copied on the way several times.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static WorkloadRow RowFor(
        ClusterState state, ulong id, string name, in Shape shape, in WorkloadTraits traits, int node, uint gpus, long assumedUntil,
        int set = -1)
    {
        var group = state.Nodes.GroupIndexOf(node);
        var milli = MilliOf(gpus, shape.GpuMilli);
        var kind = QuotaCheck.KindFor(state.Tenancy.Usage, traits.Project, group, traits.Provisioning, (long)milli * BitOperations.PopCount(gpus));
        return new WorkloadRow(id, name, assumedUntil, node, (int)shape.CpuMilli, (int)shape.MemoryMib, (ushort)gpus, milli)
        {
            Traits = traits,
            // What the cluster runs anyway is not turned away here.
            Kind = kind == QuotaCheck.OverQuota ? QuotaCheck.KindOf(traits.Provisioning) : (UsageKind)kind,
            Group = group,
            StartedAt = state.Now,
            Set = set,
        };
    }

    public static Reply Confirm(ClusterState state, ConfirmCommand command, long now, EffectBuffer effects)
        => state.Workloads.TryFind(command.Workload, out var slot) ? ConfirmAt(state, slot, now, effects) : Reply.Of(Outcome.NotFound);

    public static Reply Locate(ClusterState state, LocateCommand command)
        => state.Workloads.TryFind(command.Workload, out var slot)
            ? At(state, Outcome.Unchanged, slot) with
            {
                Detail = new WorkloadPlace(
                    state.Nodes.NameOf(state.Workloads[slot].Node), state.Workloads[slot].AssumedUntil != 0, !Departing.IsClear(state, slot)),
            }
            : Reply.Of(Outcome.NotFound);

    public static Reply Release(ClusterState state, ReleaseCommand command, long now, EffectBuffer effects)
    {
        var gone = state.Budgets.Released(command.Workload) | Departing.End(state, command.Workload, now, effects);
        if (!state.Workloads.TryFind(command.Workload, out var slot))
            return ReleaseUnplaced(state, command, gone);
        var gangs = Departing.GangsWaitingOn(state, state.Workloads[slot].Node);
        Ledger.Strike(state, slot);
        Departing.StartRest(state, gangs, now, effects);
        return Reply.Of(Outcome.Done);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Reply ReleaseUnplaced(ClusterState state, ReleaseCommand command, bool gone)
    {
        var forgotten = Waiting.Forget(state, command.Workload);
        return gone && !forgotten.Changed ? Reply.Of(Outcome.Done) : forgotten;
    }

    public static Reply Bind(ClusterState state, BindCommand command, long now, EffectBuffer effects)
    {
        if (Demand.Problem(command) is { } problem)
            return Reply.Invalid(problem);
        if (!state.Nodes.TryFind(command.Node, out var node))
            return Reply.Of(Outcome.NotFound, $"Node: there is no node '{command.Node}'.");
        if ((uint)command.Traits.Project >= (uint)state.Tenancy.Projects.Length)
            return Reply.Of(Outcome.NotFound, $"Project: there is no project {command.Traits.Project}.");
        if (!state.Budgets.Knows(command.Traits.Budget))
            return Entry.UnknownBudget(command.Traits.Budget);
        // Its place is somebody else's by now, and that it is still there was to be expected.
        if (state.Departures.Find(command.Workload) is { } departure && departure.Row.Node == node)
            return new Reply(Outcome.Unchanged, node, departure.Row.Gpus, false, command.Node);
        var placed = state.Workloads.TryFind(command.Workload, out var slot);
        if (!placed && !state.Workloads.HasRoomFor(1))
            return ModelIsFull();
        Departing.End(state, command.Workload, now, effects);
        var (gpus, gangs, known) = (command.GpuMask, Departing.GangsWaitingOn(state, node), default(GangSpec));
        if (placed)
        {
            if (IsSame(state, state.Workloads[slot], command, node))
                return ConfirmAt(state, slot, now, effects) with { Node = node, GpuMask = state.Workloads[slot].Gpus, Detail = command.Node };
            gangs = [.. gangs.Union(Departing.GangsWaitingOn(state, state.Workloads[slot].Node))];
            // The gang goes with the last of its members that has a place, and comes back with it.
            if (state.Workloads[slot].Set is >= 0 and var set && state.Sets[set].Id == command.Gang)
                known = state.Sets[set].Gang;
            Ledger.Strike(state, slot);
        }
        Waiting.Forget(state, command.Workload);
        var shape = new Shape(0, command.GpuMilli, command.CpuMilli, command.MemoryMib, GroupSet.Any);
        if (gpus == 0 && command.GpuCount > 0)
            gpus = GpuChoice.LeastUsed(state.Nodes, node, command.GpuCount);
        Ledger.Enter(state, RowFor(state, command.Workload, command.Name, shape, command.Traits, node, gpus, 0, SetOf(state, command, known)));
        Assumptions.Yield(state, node, gpus, effects);
        Departing.StartRest(state, gangs, now, effects);
        return new Reply(Outcome.Done, node, gpus, true, null);
    }

    private static bool IsSame(ClusterState state, in WorkloadRow row, BindCommand command, int node)
        => row.Node == node && (command.GpuMask == 0 ? BitOperations.PopCount(row.Gpus) == command.GpuCount : row.Gpus == command.GpuMask)
        && row.GpuMilli == MilliOf(row.Gpus, command.GpuMilli)
        && row.Cpu == command.CpuMilli && row.Memory == command.MemoryMib && row.Name == command.Name && row.Traits == command.Traits
        && command.Gang == (row.Set >= 0 && state.Sets[row.Set].Kind == SetKind.Gang ? state.Sets[row.Set].Id : 0);

    private static int SetOf(ClusterState state, BindCommand command, GangSpec? known)
        => command.Gang != 0 ? GangOf(state, command, known)
        : command.Traits.Service != 0 ? state.Sets.Ensure(SetKind.Service, command.Traits.Service, null)
        : -1;

    private static int GangOf(ClusterState state, BindCommand command, GangSpec? known)
    {
        var set = state.Sets.Ensure(SetKind.Gang, command.Gang, known);
        if (state.Pending.TryFindGang(command.Gang, out var waiting))
            state.Pending.SetGrowing(waiting, state.Tenancy.Policy);
        // A policy has named its project since: as it was asked for then, nobody asks for it again.
        if (state.Sets[set].Gang is { } asked && asked.Traits.Project != command.Traits.Project)
            state.Sets.Change(set, state.Sets[set] with { Gang = null });
        return set;
    }

    private static ushort MilliOf(uint gpus, int milli) => gpus == 0 ? (ushort)0 : (ushort)milli;

    private static Reply ConfirmAt(ClusterState state, int slot, long now, EffectBuffer effects)
    {
        if (state.Workloads[slot].AssumedUntil == 0)
            return Reply.Of(Outcome.Unchanged);
        var gangs = Departing.GangsWaitingOn(state, state.Workloads[slot].Node);
        state.Workloads.Confirm(slot);
        Departing.StartRest(state, gangs, now, effects);
        return Reply.Of(Outcome.Done);
    }

    private static Reply At(ClusterState state, Outcome outcome, int slot)
    {
        ref readonly var row = ref state.Workloads[slot];
        return new(outcome, row.Node, row.Gpus, outcome == Outcome.Done, row.AssumedUntil == 0 ? state.Nodes.NameOf(row.Node) : PlaceOn(state, row.Node));
    }

    /// <summary>The node's name, or a <see cref="Nomination"/> when others have yet to leave it.</summary>
    private static object PlaceOn(ClusterState state, int node)
        => state.Departures.IsClear(node) ? state.Nodes.NameOf(node) : new Nomination(state.Nodes.NameOf(node), Evictions.None);
}
