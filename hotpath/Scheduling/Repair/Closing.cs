namespace Pipeline.Scheduling.Repair;

/// <summary>How runs end.</summary>
internal static class Closing
{
    /// <summary>The node is schedulable again.</summary>
    public static Run Heal(RepairScope scope, Run run, Reason reason, string actor, string detail = "")
    {
        run = Quarantine.Leave(scope, run);
        run = (run with { Step = StepKind.None }).Enter(RunState.Healthy, reason, scope.Now, actor, detail);
        return End(scope, run);
    }

    /// <summary>The node has been well for as long as it was watched. What still fires is said: its repeats are duplicates, and nobody would hear of it.</summary>
    public static Run Soaked(RepairScope scope, Run run, string actor)
    {
        var firing = run.Episodes.Count(episode => !episode.Resolved);
        var detail = firing switch { 0 => "", 1 => "though an alert still fires", _ => $"though {firing} alerts still fire" };
        return Heal(scope, run, Reason.SoakCompleted, actor, detail);
    }

    /// <summary>A person is called. The node stays out of scheduling until somebody returns it.</summary>
    public static Run Escalate(RepairScope scope, Run run, Reason reason, string detail)
    {
        run = (run with { Begun = false }).Enter(RunState.Escalated, reason, scope.Now, "engine", detail);
        if (run.Class.Ending == RunState.NeedsHardware)
            run = (run with { Step = StepKind.None }).Enter(RunState.NeedsHardware, Reason.HardwareSuspected, scope.Now, "engine");
        return End(scope, run);
    }

    /// <summary>A run that has not taken its node out ends for one that has. What still fires is kept for that one, see <see cref="Intake.NodeAppeared"/>.</summary>
    public static void GiveWay(RepairScope scope, Run waiting, string run)
    {
        Homeless.AddOf(scope, waiting);
        Heal(scope, waiting, Reason.Superseded, "engine", $"run {run} has the node out of scheduling");
    }

    public static Run NodeRemoved(RepairScope scope, Run run)
    {
        Homeless.AddOf(scope, run);
        var over = WithoutNode(run, scope.Now, "it has left the cluster");
        return scope.Save(run.Ended ? over : over with { EndOrdinal = scope.NextEnd() });
    }

    /// <summary>The run as it is when its node is in the cluster no more: over, and holding nothing.</summary>
    public static Run WithoutNode(Run run, long now, string detail)
    {
        run = run with { Holds = false, Marking = NodeMarking.None };
        return run.Ended ? run.Conclude(Reason.NodeRemoved, now, "cluster") : Over(run.Enter(RunState.Escalated, Reason.NodeRemoved, now, "cluster", detail), now);
    }

    /// <summary>A person gives the node back.</summary>
    public static Run Return(RepairScope scope, Run run, string actor)
        => scope.Save(Quarantine.Leave(scope, run).Conclude(Reason.NodeReturned, scope.Now, actor));

    private static Run End(RepairScope scope, Run run) => scope.Save(Over(run, scope.Now) with { EndOrdinal = scope.NextEnd() });

    private static Run Over(Run run, long now) => run with { Begun = false, Pending = null, Deadline = long.MaxValue, EndedAt = Math.Max(1, now) };
}
