namespace Pipeline.Scheduling.Repair;

/// <summary>What a new fault means for its node: a new run, a worse one, or a note on the one there is.</summary>
internal static class Admission
{
    /// <summary>The most repeats that a class may ask for.</summary>
    public const int MaxRepeats = 100;

    // The oldest faults of a run tell no more than the newest; the bound keeps an alert storm on one node small, and leaves room for the repeats.
    public const int MaxEpisodes = 128;

    /// <param name="at">When the alert was reported, Unix milliseconds.</param>
    public static Run Accept(RepairScope scope, int node, AlertSignal alert, FaultClass fault, string source, long at)
    {
        if (scope.State.RunOfNode(node) is not { } before)
            return Open(scope, node, alert, fault, source, at);
        var run = Attach(before, alert, fault, at);
        var detail = DetailOf(alert, fault);
        if (run.Ended)
            return scope.Save(run.Note(Reason.FaultAttached, scope.Now, source, detail));
        if (run.Holds || run.State == RunState.Held)
            scope.Cluster.Nodes.SetBadGpus(node, run.GpuMask);
        if (run.State == RunState.Observed)
            return Reconsider(scope, run, alert, fault, source, detail, at);
        var acts = Acts(run, fault, at);
        var supersedes = acts && Superseding.Applies(run, fault, alert.Overrides);
        return run.State switch
        {
            RunState.Held when supersedes => Reclassify(scope, run, fault, source, detail),
            RunState.Held => scope.Save(run.Note(Reason.FaultAttached, scope.Now, source, detail)),
            _ when supersedes => Superseding.Take(scope, run, fault, source, detail),
            _ when NeedsDrainAgain(before, run) => Superseding.Restart(scope, run, source, detail),
            RunState.Soaking when acts => Relapse(scope, run, source, detail),
            _ => scope.Save(run.Note(Reason.FaultAttached, scope.Now, source, detail)),
        };
    }

    private static Run Open(RepairScope scope, int node, AlertSignal alert, FaultClass fault, string source, long at)
    {
        var number = scope.NextRun();
        var run = new Run
        {
            Number = number,
            Id = RunId.Of(scope.Now, number),
            Node = node,
            NodeName = scope.Cluster.Nodes.NameOf(node),
            Class = fault,
            GpuMask = alert.GpuMask,
            OpenedAt = scope.Now,
            StartsAt = alert.StartsAt,
            Summary = alert.Summary.Length > 0 ? alert.Summary : alert.AlertName,
            Episodes = [EpisodeOf(alert, fault, at)],
        };
        return Admit(scope, run.Enter(RunState.Observed, Reason.FaultAccepted, scope.Now, source, DetailOf(alert, fault)), source, at);
    }

    /// <summary>Waits for a repeat, waits for room, or goes ahead.</summary>
    private static Run Admit(RepairScope scope, Run run, string source, long at)
    {
        if (!Acts(run, run.Class, at))
        {
            // Another class of the run may have the longer window.
            var deadline = scope.Now + run.Class.Window;
            run = run with { Deadline = run.Deadline == long.MaxValue ? deadline : Math.Max(run.Deadline, deadline) };
            return scope.Save(run.Note(Reason.AwaitingRepeat, scope.Now, "engine", $"{Sightings(run, run.Class, at)} of {run.Class.Repeats} within {run.Class.Window / 1000} s"));
        }

        if (StormGuard.HasRoom(scope))
            return Quarantine.Enter(scope, run, source);
        scope.Cluster.Nodes.SetBadGpus(run.Node, run.GpuMask);
        run = run with { Deadline = long.MaxValue };
        return scope.Save(run.Enter(RunState.Held, Reason.StormGuard, scope.Now, "engine", $"{StormGuard.Taken(scope)} nodes are in repair or were just handed over, {StormGuard.Limit(scope)} may be"));
    }

    private static Run Reconsider(RepairScope scope, Run run, AlertSignal alert, FaultClass fault, string source, string detail, long at)
    {
        // A class that has its repeats together must not wait for those of a worse one.
        var takes = Superseding.Applies(run, fault, alert.Overrides) || Acts(run, fault, at);
        run = takes && fault.Name != run.Class.Name
            ? (run with { Class = fault }).Note(Reason.Superseded, scope.Now, source, detail)
            : run.Note(Reason.FaultAttached, scope.Now, source, detail);
        return Admit(scope, run, source, at);
    }

    private static Run Reclassify(RepairScope scope, Run run, FaultClass fault, string source, string detail)
        => scope.Save((run with { Class = fault }).Note(Reason.Superseded, scope.Now, source, detail));

    /// <summary>The repair did not hold: up the ladder.</summary>
    private static Run Relapse(RepairScope scope, Run run, string source, string detail)
        => Ladder.Climb(scope, (run with { Step = StepKind.None }).Enter(RunState.Quarantined, Reason.FaultDuringSoak, scope.Now, source, detail));

    private static bool NeedsDrainAgain(Run before, Run run) => run.GpuMask != before.GpuMask && run.Pending is null && Superseding.SparesWork(run);

    private static Run Attach(Run run, AlertSignal alert, FaultClass fault, long at)
    {
        // The first is over, if any is: a run must not end as resolved because it forgot what still fires.
        var kept = run.Episodes.AsSpan()[(run.Episodes.Length < MaxEpisodes ? 0 : 1)..];
        // A fault of the whole node is not made smaller by one of a single GPU, nor the other way round.
        var mask = run.GpuMask == 0 || alert.GpuMask == 0 ? 0 : run.GpuMask | alert.GpuMask;
        return run with { Episodes = [.. kept, EpisodeOf(alert, fault, at)], GpuMask = mask };
    }

    private static bool Acts(Run run, FaultClass fault, long at) => fault.Repeats <= 1 || Sightings(run, fault, at) >= fault.Repeats;

    /// <summary>Faults of the class within the window on a GPU of the newest fault, the most there are on one (or on the node as a whole).</summary>
    private static int Sightings(Run run, FaultClass fault, long at)
    {
        var most = 0;
        var gpus = run.Episodes[^1].GpuMask;
        do
        {
            var gpu = gpus & (~gpus + 1);
            most = Math.Max(most, run.Episodes.Count(one
                => one.FaultClass == fault.Name && one.At >= at - fault.Window && (gpu == 0 ? one.GpuMask == 0 : (one.GpuMask & gpu) != 0)));
            gpus &= ~gpu;
        }
        while (gpus != 0);
        return most;
    }

    private static RunEpisode EpisodeOf(AlertSignal alert, FaultClass fault, long at)
        => new(alert.Fingerprint, alert.StartsAt, fault.Name, alert.GpuMask, at, Resolved: false);

    private static string DetailOf(AlertSignal alert, FaultClass fault)
        => alert.Xid == 0 ? $"{fault.Name}: {alert.AlertName}" : $"{fault.Name}: XID {alert.Xid} ({alert.AlertName})";
}
