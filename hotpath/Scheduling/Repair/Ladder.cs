namespace Pipeline.Scheduling.Repair;

/// <summary>What comes next on a run's ladder. The rung only ever rises, so a ladder ends.</summary>
internal static class Ladder
{
    // A wake-up that nobody answers within this is queued again; longer than a restart of the functions takes.
    public const long QueueGrace = 60_000;

    // A failed step is rarely better a moment later; the wait doubles up to the maximum.
    private const long FirstRetryDelay = 1_000;
    private const long MaxRetryDelay = 30_000;

    /// <summary>Queues the next rung, or ends what has none.</summary>
    public static Run Climb(RepairScope scope, Run run)
    {
        var next = Math.Min(run.Rung + 1, run.Class.Ladder.Length);
        var rung = next;
        while (rung < run.Class.Ladder.Length && run.Class.Ladder[rung].Kind == StepKind.Drain && run.Drained)
            rung++;
        run = run with { Rung = rung, Tries = 0 };
        if (rung >= run.Class.Ladder.Length)
            return rung > next ? AfterLastDrain(scope, run) : Closing.Escalate(scope, run, Reason.LadderExhausted, "every step was tried");
        var step = run.Class.Ladder[rung];
        return step.Kind == StepKind.Escalate
            ? Closing.Escalate(scope, run with { Step = StepKind.Escalate }, Reason.PlaybookEscalates, "")
            : Queue(scope, run, step.Kind);
    }

    /// <summary>After a drain: the next action, or the check when the playbook has none.</summary>
    public static Run AfterDrain(RepairScope scope, Run run) => run.Rung + 1 < run.Class.Ladder.Length ? Climb(scope, run) : AfterLastDrain(scope, run);

    /// <summary>After an action: does the node work again?</summary>
    public static Run Verify(RepairScope scope, Run run)
        => run.Class.IsChecked ? Check(scope, run) : Soak(scope, run, Reason.HealthCheckSkipped, "");

    public static Run Check(RepairScope scope, Run run) => Queue(scope, run with { Tries = 0 }, StepKind.HealthCheck);

    public static Run Retry(RepairScope scope, Run run) => Queue(scope, run, run.Step);

    public static Run Soak(RepairScope scope, Run run, Reason reason, string detail)
    {
        run = (run with { Step = StepKind.Soak, Begun = false, Deadline = scope.Now + run.Class.Soak })
            .Enter(RunState.Soaking, reason, scope.Now, "engine", detail);
        return run.Class.Soak <= 0 ? Closing.Soaked(scope, run, "engine") : scope.Save(run);
    }

    /// <summary>A drain mends nothing: without a check there is no reason to believe in the node again.</summary>
    private static Run AfterLastDrain(RepairScope scope, Run run)
        => run.Class.IsChecked ? Check(scope, run) : Closing.Escalate(scope, run, Reason.LadderExhausted, "drained; the class has neither action nor health check");

    /// <summary>Gives out the next attempt and wakes its executor up.</summary>
    private static Run Queue(RepairScope scope, Run run, StepKind step)
    {
        if (run.Attempt >= scope.Policy.MaxAttempts)
            return Closing.Escalate(scope, run, Reason.AttemptsExhausted, $"{run.Attempt} attempts");
        var delay = run.Tries == 0 ? 0 : Math.Min(MaxRetryDelay, FirstRetryDelay << Math.Min(run.Tries - 1, 10));
        run = run with
        {
            Step = step,
            Attempt = run.Attempt + 1,
            Tries = run.Tries + 1,
            Begun = false,
            QueuedAt = scope.Now,
            Grace = QueueGrace,
            Deadline = scope.Now + delay + QueueGrace,
        };
        run = scope.Save(run);
        scope.Effects.Add(new Effects.Effect.EnqueueStep(run.Node, run.Id, step, run.Attempt, delay));
        return run;
    }
}
