namespace Pipeline.Scheduling.Repair;

/// <summary>A worse fault takes the run over: same run, same story, its own ladder from the first rung. An attempt in flight ends first.</summary>
internal static class Superseding
{
    /// <summary>The class replaces the run's: it is worse, or the best evidence there is (XID 154).</summary>
    public static bool Applies(Run run, FaultClass fault, bool overrides)
    {
        var current = run.Pending ?? run.Class;
        return fault.Name != current.Name && (overrides || fault.Severity > current.Severity);
    }

    /// <summary>Takes the class over now, or when the attempt in flight has ended.</summary>
    public static Run Take(RepairScope scope, Run run, FaultClass fault, string actor, string detail)
    {
        // The evidence points back at what is being done already.
        if (run.Pending is not null && fault.Name == run.Class.Name)
            return scope.Save((run with { Pending = SparesWork(run) && HasGpusSinceQueued(run) ? run.Class : null }).Note(Reason.Superseded, scope.Now, actor, $"no longer {run.Pending.Name}; {detail}"));
        if (IsBusy(run))
            return scope.Save((run with { Pending = fault }).Note(Reason.Superseded, scope.Now, actor, $"after this attempt: {fault.Name}; {detail}"));
        return Ladder.Climb(scope, Swap(scope, run with { Pending = fault }, actor, detail));
    }

    /// <summary>GPUs came to those that were drained: the same ladder from the first rung, lest an action hits workloads on them.</summary>
    public static Run Restart(RepairScope scope, Run run, string actor, string detail)
    {
        if (IsBusy(run))
            return scope.Save((run with { Pending = run.Class }).Note(Reason.FaultAttached, scope.Now, actor, $"after this attempt again from the drain; {detail}"));
        return Ladder.Climb(scope, Swap(scope, run with { Pending = run.Class }, actor, detail));
    }

    /// <summary>The ladder has drained the faulty GPUs alone: workloads may go on on those that come to them.</summary>
    public static bool SparesWork(Run run)
    {
        var drained = run.Step == StepKind.Drain && !run.Begun ? run.Rung : run.Rung + 1;
        return !run.Drained && run.Class.Ladder.Take(drained).Any(step => step is { Kind: StepKind.Drain, OnlyFaultyGpus: true });
    }

    /// <summary>While another class waited, which has its own drain, GPUs have come to those of the attempt in flight.</summary>
    private static bool HasGpusSinceQueued(Run run)
    {
        var known = run.Episodes.Where(episode => episode.At <= run.QueuedAt).Select(episode => episode.GpuMask).ToList();
        return run.GpuMask != (known.Contains(0) ? 0 : known.Aggregate(0u, (all, gpus) => all | gpus));
    }

    /// <summary>An attempt is in flight, or a check is due that must tell what became of the action before it: the new ladder may begin with the same one.</summary>
    private static bool IsBusy(Run run) => run.Begun || run.Step == StepKind.HealthCheck;

    /// <summary>Goes over to the class that waited for the attempt to end.</summary>
    public static bool Switch(RepairScope scope, Run run)
    {
        if (run.Pending is null)
            return false;
        Ladder.Climb(scope, Swap(scope, run));
        return true;
    }

    /// <summary>Goes over to the class that waits, if one does; its ladder is not begun.</summary>
    public static Run Swap(RepairScope scope, Run run, string actor = "engine", string detail = "")
    {
        if (run.Pending is null)
            return run;
        var from = run.Class.Name;
        run = run with { Class = run.Pending, Pending = null, Rung = -1, Tries = 0, Step = StepKind.None };
        return run.Enter(run.State == RunState.Soaking ? RunState.Quarantined : run.State, Reason.Superseded, scope.Now, actor, $"{from} → {run.Class.Name}; {detail}");
    }
}
