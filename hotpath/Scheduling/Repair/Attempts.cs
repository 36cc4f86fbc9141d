using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>Attempts begin before their side effect and end with what came of it. Only the current attempt of a live run may do either.</summary>
internal static class Attempts
{
    public static Reply Begin(RepairScope scope, BeginStepCommand command)
    {
        if (Texts.Problem(command.Actor) is { } problem)
            return Reply.Invalid($"actor: {problem}");
        if (Current(scope, command.Run, command.Step, command.Attempt) is not { CurrentStep: { } step } run)
            return Reply.Of(Outcome.Refused);
        if (run.Begun)
            return Answer(scope, Outcome.Resumed, run, step, changed: false);
        run = run with { Begun = true, Deadline = scope.Now + step.Deadline, Acted = run.Acted || IsAction(run.Step) };
        run = scope.Save(run.Enter(StateOf(run.Step), Reason.AttemptBegun, scope.Now, command.Actor, ""));
        return Answer(scope, Outcome.Done, run, step, changed: true);
    }

    public static Reply Complete(RepairScope scope, CompleteStepCommand command)
    {
        if (!Enum.IsDefined(command.Outcome))
            return Reply.Invalid("outcome: unknown");
        if (Texts.Problem(command.Actor) is { } problem)
            return Reply.Invalid($"actor: {problem}");
        if (Current(scope, command.Run, command.Step, command.Attempt) is not { Begun: true } run)
            return Reply.Of(Outcome.Refused);
        run = run with { Begun = false };
        switch (command.Outcome)
        {
            case StepOutcome.Succeeded: Succeeded(scope, run, command); break;
            case StepOutcome.Failed: Failed(scope, run, command); break;
            default: Unknown(scope, run, command.Actor, command.Message); break;
        }

        return Reply.Of(Outcome.Done);
    }

    /// <summary>An attempt of the run is out: queued or begun.</summary>
    public static bool IsOut(Run run) => run.State is RunState.Quarantined or RunState.Draining or RunState.Acting or RunState.Verifying;

    /// <summary>Nobody knows what became of the attempt. What may not be done twice is not: the health check decides.</summary>
    public static void Unknown(RepairScope scope, Run run, string actor, string detail)
    {
        var step = run.CurrentStep!;
        run = (run with { Begun = false }).Enter(run.State, Reason.OutcomeUnknown, scope.Now, actor, detail);
        if (IsAction(run.Step) && !step.Repeatable)
            Find(scope, Superseding.Swap(scope, run), detail);
        else if (Superseding.Switch(scope, run))
            return;
        else if (step.Repeatable && run.Tries < step.Tries)
            Ladder.Retry(scope, run);
        else if (IsAction(run.Step) && run.Class.IsChecked)
            Ladder.Check(scope, run);
        else
            GiveUp(scope, run, step, detail);
    }

    /// <summary>Looks before anything else is done, under a worse class too: its ladder may begin with the same action.</summary>
    private static void Find(RepairScope scope, Run run, string detail)
    {
        if (run.Class.IsChecked)
            Ladder.Check(scope, run);
        else
            Closing.Escalate(scope, run, Reason.OutcomeUnknown, $"no health check can tell; {detail}");
    }

    private static void Succeeded(RepairScope scope, Run run, CompleteStepCommand command)
    {
        run = run with { Drained = run.Drained || (run.Step == StepKind.Drain && !run.CurrentStep!.OnlyFaultyGpus) };
        if (run.Step != StepKind.HealthCheck || run.Pending is not null)
            run = run.Enter(run.State, Reason.AttemptSucceeded, scope.Now, command.Actor, command.Message);
        if (Superseding.Switch(scope, run))
            return;
        switch (run.Step)
        {
            case StepKind.Drain: Ladder.AfterDrain(scope, run); break;
            case StepKind.HealthCheck: Ladder.Soak(scope, run, Reason.HealthCheckPassed, command.Message); break;
            default: Ladder.Verify(scope, run); break;
        }
    }

    private static void Failed(RepairScope scope, Run run, CompleteStepCommand command)
    {
        var step = run.CurrentStep!;
        var reason = run.Step == StepKind.HealthCheck ? Reason.HealthCheckFailed : Reason.AttemptFailed;
        run = run.Enter(run.State, reason, scope.Now, command.Actor, command.Message);
        if (Superseding.Switch(scope, run))
            return;
        if (run.Tries < step.Tries)
            Ladder.Retry(scope, run);
        else
            GiveUp(scope, run, step, command.Message);
    }

    private static void GiveUp(RepairScope scope, Run run, LadderStep step, string detail)
    {
        if (step.EscalateOnFailure)
            Closing.Escalate(scope, run, Reason.StepMustSucceed, detail);
        else
            Ladder.Climb(scope, run);
    }

    private static Run? Current(RepairScope scope, string id, StepKind step, int attempt)
        => scope.State.RunById(id) is { Ended: false } run && run.Step == step && run.Attempt == attempt && IsOut(run) ? run : null;

    private static bool IsAction(StepKind step) => step is StepKind.DriverReset or StepKind.GpuReset or StepKind.Reboot or StepKind.PowerCycle;

    private static RunState StateOf(StepKind step) => step switch
    {
        StepKind.Drain => RunState.Draining,
        StepKind.HealthCheck => RunState.Verifying,
        _ => RunState.Acting,
    };

    /// <summary>What has another ladder behind it is not done again: its GPUs may have become more than those that were drained for it.</summary>
    private static Reply Answer(RepairScope scope, Outcome outcome, Run run, LadderStep step, bool changed) => new(
        outcome, run.Node, run.GpuMask, changed,
        new BegunStep(
            run.NodeName, run.GpuMask, run.Deadline - step.Deadline, run.Deadline, scope.Now, step.Repeatable && run.Pending is null, step.OnlyFaultyGpus, run.Class.Name));
}
