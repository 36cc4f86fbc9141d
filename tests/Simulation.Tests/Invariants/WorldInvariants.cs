using System.Numerics;
using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Simulation.Tests.Core;
using Pipeline.Simulation.Tests.Product;
using static Pipeline.Simulation.Tests.Core.BrokenInvariantException;

namespace Pipeline.Simulation.Tests.Invariants;

/// <summary>What must hold after every decision and before every action.</summary>
internal sealed class WorldInvariants(SimulatedWorld world)
{
    private readonly HashSet<string> _startedOnce = new(StringComparer.Ordinal);
    private RepairState? _checked;

    public AlertLedger Alerts { get; } = new();

    /// <summary>Decisions that changed something.</summary>
    public long Decisions { get; private set; }

    /// <param name="before">Given for a gang alone, whose reply names members that had their places before, too.</param>
    public void AfterStep(HotpathProcess hotpath, ClusterSnapshot? before, Command command, in Reply reply, EffectBuffer effects)
    {
        Decisions++;
        if (command is PlaceCommand && reply.Node >= 0)
            CheckPlacement(hotpath, reply.Node, reply.GpuMask);
        if (before is not null && reply.Detail is GangPlacement gang)
        {
            foreach (var seat in gang.Seats.ExceptBy(before.Workloads().Select(placed => placed.Id), seat => seat.Workload))
                CheckPlacement(hotpath, seat.NodeIndex, seat.Gpus);
        }

        if (command is PlaceGangCommand or ScheduleCommand)
            CheckQueue(hotpath);
        for (var i = 0; i < effects.Count; i++)
        {
            if (effects[i] is Effect.Placed placed && IsNew(hotpath, placed.Workload))
                CheckPlacement(hotpath, placed.Node, placed.Gpus);
        }

        var repair = hotpath.State.Repair;
        if (ReferenceEquals(repair, _checked) && command is not UpsertNodeCommand)
            return;
        _checked = repair;
        CheckRuns(repair, hotpath.State.Nodes.Count);
        CheckQuarantine(hotpath.State);
        if (command is BeginStepCommand begin)
            CheckBegin(repair.RunById(begin.Run)!);
    }

    /// <summary>The cluster is about to be told a place on a node that holds these.</summary>
    public static void BeforeBind(HotpathProcess hotpath, WorkloadBinding place, IReadOnlyList<ClusterWorkload> there)
        => Unless(
            !there.Any(workload => (workload.GpuMask & place.GpuMask) != 0 && hotpath.Snapshot.Departing.Contains(workload.Id)),
            "nobody is bound where others have yet to leave", place.ToString);

    /// <summary>The cluster has carried out a bind whose answer nobody waits for any more.</summary>
    public static void AfterLateBind(HotpathProcess hotpath, WorkloadBinding place)
    {
        var others = hotpath.Snapshot.TryFindNode(place.Node, out NodeView node)
            ? hotpath.Snapshot.WorkloadsOf(node).Where(placed => placed.Id != place.Workload && (placed.GpuMask & place.GpuMask) != 0 && placed.GpuMilli == 1_000)
            : [];
        Unless(!others.Any() || hotpath.Snapshot.Departing.Contains(place.Workload), "the place of a bind without an answer is nobody else's", place.ToString);
    }

    /// <summary>An executor is about to act on hardware.</summary>
    public void BeforeAction(HotpathProcess hotpath, NodeAction action)
    {
        var slash = action.Key.LastIndexOf('/');
        var (id, attempt) = (action.Key[..slash], int.Parse(action.Key.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture));
        var run = hotpath.State.Repair.RunById(id);
        Unless(
            run is { Ended: false, Begun: true, Holds: true } && run.Attempt == attempt && run.NodeName == action.Node && run.Step.ToString() == action.Kind.ToString(),
            "an action belongs to the begun attempt of the node's run", () => $"{action}, the run is {run?.State} {run?.Step} {run?.Attempt} begun {run?.Begun}");
        Unless(hotpath.Journal.HasBegun(id, attempt), "an attempt is on disk before it acts", action.ToString);
        Unless(
            action.Kind is NodeActionKind.DriverReset or NodeActionKind.GpuReset || _startedOnce.Add(action.Key),
            "what is not repeatable is started once in an attempt", action.ToString);
        CheckDrained(run, action);
    }

    /// <summary>Work that did not leave on its own is killed by no action, unless the ladder drains nothing: an unreachable node has nobody to do it.</summary>
    private void CheckDrained(Run run, NodeAction action)
    {
        if (Synchronously.Run(world.Cluster.GetAsync(action.Key, default)).State != ActionState.Unknown || run.Class.Ladder.All(step => step.Kind != StepKind.Drain))
            return;
        var gpus = action is { Kind: NodeActionKind.GpuReset, GpuMask: not 0 } ? action.GpuMask : uint.MaxValue;
        var killed = Synchronously.Run(world.Cluster.ListWorkloadsAsync(action.Node, default)).Where(workload => (workload.GpuMask & gpus) != 0).ToList();
        Unless(killed.Count == 0, "an action kills no workload", () => $"{action} kills {string.Join(", ", killed)}");
    }

    private static bool IsNew(HotpathProcess hotpath, ulong workload)
        => hotpath.Snapshot.Workloads().Any(placed => placed.Id == workload && placed.StartedAt == hotpath.Snapshot.At);

    /// <summary>Nobody is in the queue twice.</summary>
    private static void CheckQueue(HotpathProcess hotpath)
    {
        var queued = hotpath.Snapshot.Pending().Where(job => job.Gang is not null).SelectMany(job => job.Gang!.Roles).SelectMany(role => role.Members).ToList();
        Unless(queued.Distinct().Count() == queued.Count, "a workload is a member of one gang in the queue", () => string.Join(", ", queued));
        Unless(!hotpath.Snapshot.Pending().Any(job => job.Gang is null && queued.Contains(job.Id)), "a member does not wait alone as well", () => string.Join(", ", queued));
    }

    private static void CheckPlacement(HotpathProcess hotpath, int node, uint gpus)
    {
        var nodes = hotpath.State.Nodes;
        Unless(nodes.HealthOf(node) == NodeHealth.Healthy, "a placement goes to a healthy node", () => $"{nodes.NameOf(node)} is {nodes.HealthOf(node)}");
        Unless((nodes.BadGpusOf(node) & gpus) == 0, "a placement gets good GPUs", () => $"{nodes.NameOf(node)} 0x{gpus:X}");
        hotpath.Snapshot.TryGetNode(node, out var view);
        Unless(view.Reachable && !view.ForeignCordon && view.QuarantinedBy == 0, "a placement goes to a node in scheduling", () => nodes.NameOf(node));
        for (var left = gpus; left != 0; left &= left - 1)
        {
            var gpu = BitOperations.TrailingZeroCount(left);
            var used = view.GpuUsedMilli[gpu];
            Unless(used <= NodeTable.WholeGpu, "a placement does not overcommit a GPU", () => $"{nodes.NameOf(node)} GPU {gpu}: {used}");
        }
    }

    private void CheckRuns(RepairState repair, int nodes)
    {
        var (busy, repairing) = (0UL, 0);
        foreach (var (_, run) in repair.Live)
        {
            var bit = 1UL << run.Node;
            Unless((busy & bit) == 0, "a node has one live run", () => run.NodeName);
            busy |= bit;
            repairing += run.Holds ? 1 : 0;
            Unless(run.Attempt <= repair.Policy.MaxAttempts, "attempts are bounded", () => $"{run.Id} has {run.Attempt}");
            Unless(!run.Ended && run.State < RunState.Healthy, "a live run has not ended", () => $"{run.Id} is {run.State}");
        }

        var limit = Math.Max(1, nodes * world.Chaos.GuardPercent / 100);
        Unless(repairing <= limit, "the storm guard holds", () => $"{repairing} nodes are in repair, {limit} may be");
        Unless(repairing == repair.Repairing, "the count of repairs is true", () => $"{repair.Repairing}, counted {repairing}");
    }

    private static void CheckQuarantine(ClusterState state)
    {
        for (var node = 0; node < state.Nodes.Count; node++)
        {
            var (holder, run) = (state.Nodes.QuarantinedBy(node), state.Repair.RunOfNode(node));
            Unless(
                holder == (run is { Holds: true } ? run.Number : 0),
                "a node is quarantined if and only if a run holds it", () => $"{state.Nodes.NameOf(node)} by {holder}, its run is {run?.Number} holds {run?.Holds}");
        }
    }

    /// <summary>No rung whose outcome nobody knows is tried again, unless the ladder began anew.</summary>
    private static void CheckBegin(Run run)
    {
        if (run.Step is not (StepKind.Reboot or StepKind.PowerCycle))
            return;
        var unknown = false;
        foreach (var entry in run.Timeline)
        {
            unknown = entry.Reason switch
            {
                Reason.Superseded => false,
                Reason.OutcomeUnknown when entry.Step == run.Step => true,
                _ => unknown,
            };
        }

        Unless(!unknown, "what is not repeatable is not done again after an unknown outcome", () => $"{run.Id}/{run.Attempt} {run.Step}");
    }
}
