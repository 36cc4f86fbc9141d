using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Explain;

/// <summary>What each candidate is to a workload.</summary>
/// <param name="ByNode">By node index, up to the highest of the model; <see cref="ReasonCode.None"/> for what is no candidate.</param>
public sealed record NodeVerdicts(ImmutableArray<NodeVerdict> ByNode)
{
    internal static Reply Of(ClusterState state, SurveyCommand command, long now)
    {
        if (Demand.Problem(command.Shape) is { } shape)
            return Reply.Invalid(shape);
        if (Demand.Problem(command.Traits) is { } traits)
            return Reply.Invalid(traits);
        if (!Entry.IsAllowed(state, command.Shape.Groups, command.Traits))
            return Entry.Refusal(state, command.Shape.Groups, command.Traits);
        var admitted = Entry.AdmittedGroups(state, command.Shape, command.Traits);
        var verdicts = new NodeVerdict[state.Nodes.End];
        for (var node = 0; node < verdicts.Length; node++)
        {
            if (command.Candidates.Contains(node) && state.Nodes.Exists(node))
                verdicts[node] = VerdictOn(state, node, command, admitted, now);
        }
        return new Reply(Outcome.Unchanged, -1, 0, false, new NodeVerdicts(ImmutableCollectionsMarshal.AsImmutableArray(verdicts)));
    }

    private static NodeVerdict VerdictOn(ClusterState state, int node, SurveyCommand command, GroupSet admitted, long now)
    {
        var (nodes, shape) = (state.Nodes, command.Shape);
        var reason = NodeSurvey.ReasonFor(state, node, shape, command.Traits, default, admitted, selected: null, now);
        var room = reason is ReasonCode.BadGpus or ReasonCode.TooFewGpus or ReasonCode.TooLittleCpu or ReasonCode.TooLittleMemory
            or ReasonCode.TooManyWorkloads;
        return new NodeVerdict(reason, room && WouldHold(nodes.ShapeOf(node), nodes.HealthyGpus(node), shape));
    }

    /// <summary>It would fit were nothing else there.</summary>
    private static bool WouldHold(in NodeShape node, uint gpus, in Shape shape)
        => System.Numerics.BitOperations.PopCount(gpus) >= shape.GpuCount && node.Cpu >= shape.CpuMilli && node.Memory >= shape.MemoryMib
            && node.MaxWorkloads > 0;
}

/// <param name="Reason">Why the workload cannot go there; <see cref="ReasonCode.HasRoom"/> when it can.</param>
/// <param name="Curable">It could if others went.</param>
public readonly record struct NodeVerdict(ReasonCode Reason, bool Curable);
