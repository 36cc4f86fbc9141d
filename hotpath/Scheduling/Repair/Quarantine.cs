using Pipeline.Scheduling.Gangs;

namespace Pipeline.Scheduling.Repair;

/// <summary>Takes a node out of scheduling in the name of a run, and gives it back.</summary>
internal static class Quarantine
{
    /// <summary>Out at once, in the same step; the mark in the cluster follows. Then the first step is queued.</summary>
    public static Run Enter(RepairScope scope, Run run, string actor)
    {
        scope.Cluster.Nodes.SetQuarantine(run.Node, run.Number);
        scope.Cluster.Nodes.SetBadGpus(run.Node, run.GpuMask);
        Replacement.Offer(scope.Cluster, run.Node, scope.Effects);
        run = (run with { Holds = true, Step = StepKind.None }).Enter(RunState.Quarantined, Reason.OutOfScheduling, scope.Now, actor);
        return Ladder.Climb(scope, run);
    }

    /// <summary>Undoes only what the run did to the node.</summary>
    public static Run Leave(RepairScope scope, Run run)
    {
        if (scope.Cluster.Nodes.QuarantinedBy(run.Node) == run.Number)
            scope.Cluster.Nodes.SetQuarantine(run.Node, 0);
        scope.Cluster.Nodes.SetBadGpus(run.Node, 0);
        return run with { Holds = false, Marking = run.Marking with { Wanted = "" } };
    }
}
