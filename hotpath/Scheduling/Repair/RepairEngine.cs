using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Repair;

/// <summary>The repair commands.</summary>
internal static class RepairEngine
{
    public static Reply Step(ClusterState state, Command command, long now, EffectBuffer effects)
    {
        var scope = new RepairScope(state, now, effects);
        var reply = Decide(scope, command);
        // Not where a run ends: a promoted run may end at once, and so might the next.
        if (reply.Changed)
            StormGuard.Promote(scope);
        return reply;
    }

    private static Reply Decide(RepairScope scope, Command command)
    {
        return command switch
        {
            ReportAlertsCommand report => Intake.Report(scope, report),
            BeginStepCommand begin => Attempts.Begin(scope, begin),
            CompleteStepCommand complete => Attempts.Complete(scope, complete),
            SetPolicyCommand policy => SetPolicy(scope, policy),
            ClaimTellingCommand claim => Tellings.Claim(scope, claim),
            RecordTellingCommand record => Tellings.Record(scope, record),
            ReturnNodeCommand give => ReturnNode(scope, give),
            UncordonCommand uncordon => Uncordon(scope, uncordon),
            AdoptRunCommand adopt => Adoption.Adopt(scope, adopt),
            AdoptMarkCommand adopt => MarkAdoption.Adopt(scope, adopt),
            ConfirmMarkCommand mark => ConfirmMark(scope, mark),
            ArchivedCommand archived => Forgetting.Archived(scope, archived),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command.Kind, "No part of the engine takes this command."),
        };
    }

    /// <summary>A node was added: faults reported for its name before now get their run.</summary>
    public static void NodeAppeared(ClusterState state, int node, long now, EffectBuffer effects)
    {
        var scope = new RepairScope(state, now, effects);
        Intake.NodeAppeared(scope, node);
        StormGuard.Promote(scope);
    }

    /// <summary>The node leaves the cluster: its run ends, and what was seen on it is forgotten.</summary>
    public static void NodeRemoved(ClusterState state, int node, long now, EffectBuffer effects)
    {
        var scope = new RepairScope(state, now, effects);
        if (scope.State.RunOfNode(node) is { } run)
            Closing.NodeRemoved(scope, run);
        scope.State = scope.State with { Histories = scope.State.Histories.Remove(node) };
    }

    public static SweepCounts Sweep(ClusterState state, long now, EffectBuffer effects) => RunSweep.Sweep(new RepairScope(state, now, effects));

    private static Reply SetPolicy(RepairScope scope, SetPolicyCommand command)
    {
        // As a replay would read it: the caller's dictionary may compare names in a way of its own.
        var policy = command.Policy with { Classes = command.Policy.Classes.WithComparers(StringComparer.Ordinal) };
        if (PolicyRules.Problem(policy) is { } problem)
            return Reply.Invalid(problem);
        if (SameBytes.Of(scope.Policy, policy, RepairCodec.Write))
            return Reply.Of(Outcome.Unchanged);
        scope.State = scope.State with { Policy = policy };
        Intake.PlaybooksAppeared(scope);
        return Reply.Of(Outcome.Done);
    }

    private static Reply ReturnNode(RepairScope scope, ReturnNodeCommand command)
    {
        if (command.Actor.Length == 0)
            return Reply.Invalid("actor: must not be empty");
        if (Texts.Problem(command.Actor) is { } problem)
            return Reply.Invalid($"actor: {problem}");
        if (!scope.Cluster.Nodes.TryFind(command.Node, out var node) || scope.State.RunOfNode(node) is not { Ended: true, Holds: true } run)
            return Reply.Of(Outcome.NotFound);
        Closing.Return(scope, run, command.Actor);
        return Reply.Of(Outcome.Done);
    }

    private static Reply Uncordon(RepairScope scope, UncordonCommand command)
    {
        if (Texts.Problem(command.Actor) is { } problem)
            return Reply.Invalid($"actor: {problem}");
        if (!scope.Cluster.Nodes.TryFind(command.Node, out var node) || scope.State.RunOfNode(node) is not { Holds: true } run || run.Id != command.Run)
            return Reply.Of(Outcome.NotFound);
        if (run.Ended)
            Closing.Return(scope, run, command.Actor);
        else
            Closing.Heal(scope, run, Reason.CancelledByPerson, command.Actor, "the run's mark was taken off the node");
        return Reply.Of(Outcome.Done);
    }

    private static Reply ConfirmMark(RepairScope scope, ConfirmMarkCommand command)
    {
        if (scope.State.RunById(command.Run) is not { } run)
            return Reply.Of(Outcome.NotFound);
        if (Texts.Problem(command.State) is { } problem)
            return Reply.Invalid($"state: {problem}");
        // Late news of a node that is gone would be asked away for ever.
        if (run.Marking.AskedAt == 0)
            return Reply.Of(Outcome.Unchanged);
        var confirmed = command.Marked ? command.State : "";
        if (run.Marking.Confirmed == confirmed)
            return Reply.Of(Outcome.Unchanged);
        run = run with { Marking = run.Marking with { Confirmed = confirmed } };
        // Somebody else's write took it off: until it is back, nothing outside of here keeps workloads off the node.
        scope.Keep(command.Marked || run.Marking.Settled ? run : scope.AskForMark(run));
        return Reply.Of(Outcome.Done);
    }
}
