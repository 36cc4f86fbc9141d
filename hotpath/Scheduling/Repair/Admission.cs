namespace Pipeline.Scheduling.Repair;

/// <summary>What a new fault means for its node: a new run, a worse one, or a note on the one there is.</summary>
internal static class Admission
{
    // The oldest faults of a run tell no more than the newest; the bound keeps an alert storm on one node small.
    private const int MaxEpisodes = 64;

    public static Run Accept(RepairScope scope, int node, AlertSignal alert, FaultClass fault, string source)
    {
        var run = scope.State.RunOfNode(node);
        if (run is null)
            return Open(scope, node, alert, fault, source);
        run = Attach(run, alert, fault, scope.Now);
        var detail = DetailOf(alert, fault);
        if (run.Ended)
            return scope.Save(run.Note(Reason.FaultAttached, scope.Now, source, detail));
        if (run.Holds || run.State == RunState.Held)
            scope.Cluster.Nodes.SetBadGpus(node, run.GpuMask);
        return run.State switch
        {
            RunState.Observed => Reconsider(scope, run, alert, fault, source, detail),
            RunState.Held => Reclassify(scope, run, alert, fault, source, detail),
            RunState.Soaking when !Superseding.Applies(run, fault, alert.Overrides) => Relapse(scope, run, source, detail),
            _ when Superseding.Applies(run, fault, alert.Overrides) => Superseding.Take(scope, run, fault, source, detail),
            _ => scope.Save(run.Note(Reason.FaultAttached, scope.Now, source, detail)),
        };
    }

    private static Run Open(RepairScope scope, int node, AlertSignal alert, FaultClass fault, string source)
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
            Episodes = [EpisodeOf(alert, fault, scope.Now)],
        };
        return Admit(scope, run.Enter(RunState.Observed, Reason.FaultAccepted, scope.Now, source, DetailOf(alert, fault)), source);
    }

    /// <summary>Waits for a repeat, waits for room, or goes ahead.</summary>
    private static Run Admit(RepairScope scope, Run run, string source)
    {
        var sightings = Sightings(run, scope.Now);
        if (sightings < run.Class.Repeats)
        {
            run = run with { Deadline = scope.Now + run.Class.Window };
            return scope.Save(run.Note(Reason.AwaitingRepeat, scope.Now, "engine", $"{sightings} of {run.Class.Repeats} within {run.Class.Window / 1000} s"));
        }

        if (StormGuard.HasRoom(scope))
            return Quarantine.Enter(scope, run, source);
        scope.Cluster.Nodes.SetBadGpus(run.Node, run.GpuMask);
        run = run with { Deadline = long.MaxValue };
        return scope.Save(run.Enter(RunState.Held, Reason.StormGuard, scope.Now, "engine", $"{scope.State.Repairing} nodes are in repair, {StormGuard.Limit(scope)} may be"));
    }

    private static Run Reconsider(RepairScope scope, Run run, AlertSignal alert, FaultClass fault, string source, string detail)
    {
        var takes = Superseding.Applies(run, fault, alert.Overrides) || (fault.Repeats == 1 && run.Class.Repeats > 1);
        run = takes && fault.Name != run.Class.Name
            ? (run with { Class = fault }).Enter(RunState.Observed, Reason.Superseded, scope.Now, source, detail)
            : run.Note(Reason.FaultAttached, scope.Now, source, detail);
        return Admit(scope, run, source);
    }

    private static Run Reclassify(RepairScope scope, Run run, AlertSignal alert, FaultClass fault, string source, string detail)
        => scope.Save(Superseding.Applies(run, fault, alert.Overrides)
            ? (run with { Class = fault }).Enter(RunState.Held, Reason.Superseded, scope.Now, source, detail)
            : run.Note(Reason.FaultAttached, scope.Now, source, detail));

    /// <summary>The repair did not hold: up the ladder.</summary>
    private static Run Relapse(RepairScope scope, Run run, string source, string detail)
        => Ladder.Climb(scope, (run with { Step = StepKind.None }).Enter(RunState.Quarantined, Reason.FaultDuringSoak, scope.Now, source, detail));

    private static Run Attach(Run run, AlertSignal alert, FaultClass fault, long now)
    {
        var episodes = run.Episodes.Length < MaxEpisodes ? run.Episodes : run.Episodes.RemoveAt(0);
        // A fault of the whole node is not made smaller by one of a single GPU, nor the other way round.
        var mask = run.GpuMask == 0 || alert.GpuMask == 0 ? 0 : run.GpuMask | alert.GpuMask;
        return run with { Episodes = episodes.Add(EpisodeOf(alert, fault, now)), GpuMask = mask };
    }

    /// <summary>The most faults of the run's class on one GPU (or on the node as a whole) within the window.</summary>
    private static int Sightings(Run run, long now)
    {
        var most = 0;
        foreach (var one in run.Episodes)
        {
            var count = 0;
            foreach (var other in run.Episodes)
            {
                if (other.FaultClass == run.Class.Name && other.At >= now - run.Class.Window && SamePlace(one.GpuMask, other.GpuMask))
                    count++;
            }

            most = Math.Max(most, count);
        }

        return most;
    }

    private static bool SamePlace(uint one, uint other) => (one & other) != 0 || (one == 0 && other == 0);

    private static RunEpisode EpisodeOf(AlertSignal alert, FaultClass fault, long now)
        => new(alert.Fingerprint, alert.StartsAt, fault.Name, alert.GpuMask, now, Resolved: false);

    private static string DetailOf(AlertSignal alert, FaultClass fault)
        => alert.Xid == 0 ? $"{fault.Name}: {alert.AlertName}" : $"{fault.Name}: XID {alert.Xid} ({alert.AlertName})";
}
