using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Goes on with a run of which nothing is left but its mark. The mark is written when a step begins, so the step may have been done, and
/// which GPUs were faulty is not known: then it is the whole node.
/// </summary>
internal static class MarkAdoption
{
    private static readonly FaultClass Unrecorded =
        new("unrecorded", 1, 1, 0, [], new LadderStep(StepKind.HealthCheck, 1, 0, true, false, false), 0, RunState.Escalated);

    public static Reply Adopt(RepairScope scope, AdoptMarkCommand command)
    {
        if (Problem(command) is { } problem)
            return Reply.Invalid(problem);
        if (!scope.Cluster.Nodes.TryFind(command.Node, out var node))
            return Reply.Of(Outcome.NotFound);
        var waiting = scope.State.RunOfNode(node);
        if (waiting is { Holds: true } || scope.State.RunById(command.Run) is not null)
            return Reply.Of(Outcome.Unchanged);
        if (waiting is not null)
            Closing.GiveWay(scope, waiting, command.Run);
        var run = Open(scope, command, node);
        if (run.Id != command.Run || !Enum.TryParse<RunState>(command.State, out var state) || !Enum.TryParse<StepKind>(command.Step, out var step))
            Closing.Escalate(scope, run, Reason.MarkFound, "what it says is not understood");
        else if (ReferenceEquals(run.Class, Unrecorded))
            Closing.Escalate(scope, run, Reason.MarkFound, $"no playbook is in force for the fault class '{command.FaultClass}'");
        else
            GoOn(scope, run, state, step, Math.Max(0, command.Attempt));
        if (waiting is not null)
            Intake.NodeAppeared(scope, node);
        return Reply.Of(Outcome.Done);
    }

    private static string? Problem(AdoptMarkCommand command)
    {
        foreach (var (field, text) in new[] { ("run", command.Run), ("state", command.State), ("step", command.Step), ("faultClass", command.FaultClass) })
        {
            if (Texts.Problem(text) is { } problem)
                return $"{field}: {problem}";
        }

        return command.Run.Length == 0 ? "run: must not be empty" : null;
    }

    /// <summary>The run keeps its id, if that is one.</summary>
    private static Run Open(RepairScope scope, AdoptMarkCommand command, int node)
    {
        var known = AdoptionRules.IdProblem(command.Run) is null;
        known &= RunId.TryParse(command.Run, out var number) && scope.State.RunByNumber(number) is null;
        if (known)
            scope.State = scope.State with { Counters = scope.State.Counters with { Runs = Math.Max(scope.State.Counters.Runs, number) } };
        else
            number = scope.NextRun();
        scope.Cluster.Nodes.SetQuarantine(node, number);
        scope.Cluster.Nodes.SetBadGpus(node, 0);
        var run = new Run
        {
            Number = number,
            Id = known ? command.Run : RunId.Of(scope.Now, number),
            Node = node,
            NodeName = command.Node,
            Class = scope.Policy.Classes.GetValueOrDefault(command.FaultClass, Unrecorded),
            Holds = true,
            OpenedAt = scope.Now,
            StartsAt = scope.Now,
            Summary = $"the node carried the mark of run {command.Run}",
        };
        return run.Enter(RunState.Quarantined, Reason.MarkFound, scope.Now, "engine", $"run {command.Run}: {command.State}, {command.Step}, attempt {command.Attempt}");
    }

    private static void GoOn(RepairScope scope, Run run, RunState state, StepKind step, int attempt)
    {
        run = run with { Attempt = attempt, Acted = state >= RunState.Acting };
        switch (state)
        {
            // The first attempt is given out with the mark; more than that, and the run came back here from an action.
            case RunState.Quarantined: Ladder.Climb(scope, run with { Acted = attempt > 1 }); break;
            case RunState.Soaking: Ladder.Soak(scope, run with { Rung = run.Class.Ladder.Length }, Reason.MarkFound, "once more in full"); break;
            case RunState.Draining or RunState.Acting when attempt > 0 && RungOf(run.Class, step) is >= 0 and var rung: GoOnAt(scope, run, rung, state, step); break;
            // Which action came before is not known; should it not have helped, none is done twice, and a person is called.
            case RunState.Verifying when attempt > 0 && run.Class.IsChecked: Resume(scope, run with { Rung = run.Class.Ladder.Length }, state, StepKind.HealthCheck); break;
            default: Closing.Escalate(scope, run, Reason.MarkFound, $"a run cannot go on at {state}, {step}"); break;
        }
    }

    /// <summary>Which GPUs a drain has freed is not known either: a reset that may be done again after such a one begins with a drain of them all.</summary>
    private static void GoOnAt(RepairScope scope, Run run, int rung, RunState state, StepKind step)
    {
        var drains = run.Class.Ladder.Take(rung).Where(before => before.Kind == StepKind.Drain).ToList();
        run = run with { Drained = drains.Any(drain => !drain.OnlyFaultyGpus) };
        if (step == StepKind.GpuReset && run.Class.Ladder[rung].Repeatable && drains.Count > 0 && !run.Drained)
            Ladder.Climb(scope, run);
        else
            Resume(scope, run with { Rung = rung }, state, step);
    }

    private static int RungOf(FaultClass fault, StepKind step)
    {
        var rung = fault.Ladder.Length - 1;
        while (rung >= 0 && (fault.Ladder[rung].Kind != step || step == StepKind.Escalate))
            rung--;
        return rung;
    }

    private static void Resume(RepairScope scope, Run run, RunState state, StepKind step)
    {
        run = run with
        {
            State = state,
            Step = step,
            Tries = 1,
            Begun = true,
            QueuedAt = scope.Now,
            Grace = Ladder.QueueGrace,
            Marking = run.Marking with { Wanted = state.ToString() },
        };
        run = scope.Save(run with { Deadline = scope.Now + run.CurrentStep!.Deadline });
        scope.Effects.Add(new Effect.EnqueueStep(run.Node, run.Id, step, run.Attempt, 0));
    }
}
