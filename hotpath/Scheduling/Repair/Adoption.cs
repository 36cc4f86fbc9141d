using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Takes over the runs of an engine whose journal is not ours. A run keeps its id, which with the attempt is the name of each action to its
/// node: what was under way is asked about and not done again.
/// </summary>
internal static class Adoption
{
    /// <summary>Index of a node that is gone, so that the run is never taken for that of another one.</summary>
    private const int NoNode = -1;

    public static Reply Adopt(RepairScope scope, AdoptRunCommand command)
    {
        var run = command.Run;
        if (AdoptionRules.Problem(run) is { } problem)
            return Reply.Invalid(problem);
        RunId.TryParse(run.Id, out var number);
        var known = scope.State.RunByNumber(number);
        if (known is not null && known.Id != run.Id)
            return Reply.Of(Outcome.Conflict, $"id: {known.Id} has the same number");
        if (known is not null && !IsAhead(run, known))
            return Reply.Of(Outcome.Unchanged);
        var (waiting, over) = (default(Run), run is { Ended: true, Holds: false });
        if (!scope.Cluster.Nodes.TryFind(run.NodeName, out var node))
            (run, node) = (LeftByNode(run, scope.Now), NoNode);
        else if ((run.Holds || !run.Ended) && scope.State.RunOfNode(node) is { } other && other.Number != number)
            waiting = other;
        if (waiting is not null && (waiting.Holds || !run.Holds))
            return Reply.Of(Outcome.Refused, $"nodeName: {run.NodeName} has run {waiting.Id}");
        if (known is not null)
            Drop(scope, known);
        if (waiting is not null)
            Closing.GiveWay(scope, waiting, run.Id);
        Install(scope, run, number, node, known);
        if (node == NoNode && !over)
            Homeless.AddOf(scope, run with { Number = number });
        if (waiting is not null)
            Intake.NodeAppeared(scope, node);
        return Reply.Of(Outcome.Done);
    }

    /// <summary>Its node left while nobody led. An ended run that held nothing is history as it is.</summary>
    private static Run LeftByNode(Run run, long now)
        => run is { Ended: true, Holds: false } ? run : Closing.WithoutNode(run, now, "it left the cluster while no leader saw it");

    /// <summary>Our own record may be of an earlier leadership, whose runs somebody else has led on.</summary>
    private static bool IsAhead(Run run, Run known) => run.Attempt > known.Attempt || run.Timeline[^1].At > known.Timeline[^1].At;

    private static void Drop(RepairScope scope, Run known)
    {
        if (known.Holds)
            scope.Cluster.Nodes.SetQuarantine(known.Node, 0);
        if (known.Holds || known.State == RunState.Held)
            scope.Cluster.Nodes.SetBadGpus(known.Node, 0);
        var state = scope.State;
        scope.State = state with
        {
            Live = state.Live.Remove(known.Number),
            Ended = state.Ended.Remove(known.Number),
            Unsettled = state.Unsettled.Remove(known.Number),
            Escalated = state.Escalated.Remove(known.EndOrdinal),
            Held = state.Held.Remove(known.Number),
            Repairing = state.Repairing - (known.Repairs ? 1 : 0),
            ByNode = state.ByNode.TryGetValue(known.Node, out var holder) && holder == known.Number ? state.ByNode.Remove(known.Node) : state.ByNode,
        };
    }

    private static void Install(RepairScope scope, Run run, long number, int node, Run? known)
    {
        scope.State = scope.State with { Counters = scope.State.Counters with { Runs = Math.Max(scope.State.Counters.Runs, number) } };
        var isOut = Attempts.IsOut(run);
        run = run with
        {
            Number = number,
            Node = node,
            EndOrdinal = !run.Ended ? 0 : known is { Ended: true } ? known.EndOrdinal : scope.NextEnd(),
            Marking = run.Holds ? NodeMarking.None with { Wanted = run.State.ToString() } : NodeMarking.None,
            Teller = "",
            TellerUntil = 0,
            ToldAt = 0,
            QueuedAt = isOut ? scope.Now : 0,
            Grace = isOut ? Ladder.QueueGrace : 0,
            Deadline = DeadlineOf(run, isOut, scope.Now),
        };
        if (run.Holds)
            scope.Cluster.Nodes.SetQuarantine(node, number);
        if (run.Holds || run.State == RunState.Held)
            scope.Cluster.Nodes.SetBadGpus(node, run.GpuMask);
        foreach (var episode in run.Episodes)
            Episodes.Adopt(scope, episode, number);
        if (run.Ended && RunSweep.IsSettled(run))
            scope.Keep(run);
        else
            scope.Save(run);
        if (isOut)
            scope.Effects.Add(new Effect.EnqueueStep(node, run.Id, run.Step, run.Attempt, 0));
    }

    /// <summary>What was begun may have gone past its deadline while nobody led; it is asked about before it is given up.</summary>
    private static long DeadlineOf(Run run, bool isOut, long now) => run switch
    {
        { Ended: true } or { State: RunState.Held } => long.MaxValue,
        { Begun: true } => Math.Max(run.Deadline, now + Ladder.QueueGrace),
        _ => isOut ? now + Ladder.QueueGrace : run.Deadline,
    };
}
