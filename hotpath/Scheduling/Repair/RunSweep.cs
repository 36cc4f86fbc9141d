using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>What time alone brings about for runs: deadlines, and effects that nobody answered.</summary>
internal static class RunSweep
{
    // Longer than an effect takes when all is well; a repeat is harmless but not free.
    private const long MarkPatience = 10_000;

    // A story that could not be told for this long after its last entry is no news any more; the run keeps it.
    private const long TellAtMost = 24 * 3_600_000;

    private const long MaxGrace = 600_000;

    // An outage of the executors may take a night; after a day somebody must know of the node.
    private const long MaxUnattended = 24 * 3_600_000;

    // Work of one sweep; what is left is due two seconds later.
    private const int MaxPerSweep = 10_000;

    public static SweepCounts Sweep(RepairScope scope)
    {
        var timedOut = 0;
        var repeated = 0;
        foreach (var (number, _) in scope.State.Live)
        {
            if (timedOut + repeated >= MaxPerSweep)
                break;
            // Read again: an earlier end may have let this run go on.
            if (!scope.State.Live.TryGetValue(number, out var run))
                continue;
            if (run.Deadline <= scope.Now)
                timedOut += Due(scope, run);
            if (scope.State.Live.TryGetValue(number, out run))
                repeated += Repeat(scope, run);
        }

        foreach (var number in scope.State.Unsettled)
        {
            if (repeated >= MaxPerSweep)
                break;
            repeated += Repeat(scope, scope.State.Ended[number]);
        }

        timedOut += StormGuard.Promote(scope);
        return new SweepCounts(timedOut, repeated);
    }

    /// <summary>The world carries what an ended run wants, and everybody has heard its story.</summary>
    public static bool IsSettled(Run run) => run.Marking.Settled && Tellings.IsTold(run);

    private static int Due(RepairScope scope, Run run)
    {
        switch (run.State)
        {
            case RunState.Observed: Closing.Heal(scope, run, Reason.NotRepeated, "sweep"); break;
            case RunState.Soaking: Closing.Soaked(scope, run, "sweep"); break;
            case RunState.Held: break;
            default:
                if (run.Begun)
                    Attempts.Unknown(scope, run, "sweep", "the deadline passed");
                else if (scope.Now - run.QueuedAt >= MaxUnattended)
                    Closing.Escalate(scope, run, Reason.Unattended, "nobody took the attempt up for a day");
                else
                    WakeAgain(scope, run);
                break;
        }

        return 1;
    }

    /// <summary>Nobody answered the wake-up of this attempt; the same attempt is queued again, less and less often.</summary>
    private static void WakeAgain(RepairScope scope, Run run)
    {
        var grace = Math.Min(run.Grace * 2, MaxGrace);
        scope.Keep(run with { Grace = grace, Deadline = scope.Now + grace });
        scope.Effects.Add(new Effects.Effect.EnqueueStep(run.Node, run.Id, run.Step, run.Attempt, 0));
    }

    private static int Repeat(RepairScope scope, Run run)
    {
        var before = run;
        if (!run.Marking.Settled && scope.Now - run.Marking.AskedAt >= MarkPatience)
            run = scope.AskForMark(run);
        if (Tellings.IsUntold(run, scope.Now) && scope.Now - run.ToldAt >= Tellings.Patience)
            run = TellAgain(scope, run);
        if (ReferenceEquals(run, before))
            return 0;
        scope.Keep(run);
        return 1;
    }

    private static Run TellAgain(RepairScope scope, Run run)
        => run.Ended && scope.Now - run.Timeline[^1].At > TellAtMost ? run with { ToldAt = long.MaxValue } : scope.AskForTelling(run);
}
