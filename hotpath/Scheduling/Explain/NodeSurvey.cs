using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Explain;

/// <summary>Every node, by the first reason for which it cannot take one workload of a shape.</summary>
internal sealed class NodeSurvey
{
    private const int Codes = (int)ReasonCode.NotSelected + 1;

    private readonly int[] _nodes = new int[Codes];
    private readonly int[] _first = [.. Enumerable.Repeat(-1, Codes)];

    /// <param name="role">Of a gang, that of which one workload is meant.</param>
    public static NodeSurvey Of(ClusterState state, PendingJob job, int role, long now)
    {
        var (survey, shape) = (new NodeSurvey(), job.Gang?.Roles[role].Shape ?? job.Shape);
        var (admitted, selected) = (Entry.AdmittedGroups(state, shape, job.Traits), state.Pending.Selections.NodesOf(job, role));
        for (var node = 0; node < state.Nodes.End; node++)
        {
            if (!state.Nodes.Exists(node))
                continue;
            var code = (int)ReasonFor(state, node, shape, job.Traits, JobKey.Of(job), admitted, selected, now);
            survey._nodes[code]++;
            if (survey._first[code] < 0)
                survey._first[code] = node;
        }
        return survey;
    }

    /// <summary>Nodes that could take one.</summary>
    public int WithRoom => _nodes[(int)ReasonCode.HasRoom];

    /// <summary>Why the node cannot take the shape; <see cref="ReasonCode.HasRoom"/> when it can.</summary>
    /// <param name="admitted">Groups of the shape in which there is quota.</param>
    /// <param name="selected">The only nodes that will do; null: any.</param>
    public static ReasonCode ReasonFor(
        ClusterState state, int node, in Shape shape, in WorkloadTraits traits, JobKey job, GroupSet admitted, NodeSet? selected, long now)
        => state.Nodes.HealthOf(node) switch
        {
            NodeHealth.Quarantined => ReasonCode.Quarantined,
            NodeHealth.Cordoned => ReasonCode.Cordoned,
            NodeHealth.Unreachable => ReasonCode.Unreachable,
            _ => !shape.Groups.Contains(state.Nodes.GroupIndexOf(node)) ? ReasonCode.WrongGroup
                : selected?.Contains(node) == false ? ReasonCode.NotSelected
                : !admitted.Contains(state.Nodes.GroupIndexOf(node)) ? ReasonCode.OverQuota
                : !state.Nodes.IsSchedulable(node) && !state.Blocks.MayUse(node, traits, job, now) ? ReasonCode.HeldForReservation
                : RoomFor(state.Nodes, node, shape),
        };

    /// <summary>The reasons that some node has.</summary>
    public ImmutableArray<ReasonCount> Reasons(ClusterState state, PendingJob job)
    {
        var reasons = ImmutableArray.CreateBuilder<ReasonCount>();
        for (var code = 1; code < Codes; code++)
        {
            if (_nodes[code] == 0)
                continue;
            var quota = (ReasonCode)code == ReasonCode.OverQuota;
            reasons.Add(new ReasonCount(
                (ReasonCode)code, _nodes[code], quota ? state.Tenancy.Projects[job.Traits.Project] : "",
                quota ? ShortageOf(state, job.Traits, MilliOf(state, job), state.Nodes.GroupIndexOf(_first[code])) : 0));
        }
        return reasons.ToImmutable();
    }

    private static long MilliOf(ClusterState state, PendingJob job) => job.Gang is { } gang ? GangShortage.Of(state, gang).NeededMilli : job.Milli;

    /// <summary>Milli-GPU by which the project's limit in the group is too low for so much more; 0 when it is not.</summary>
    public static long ShortageOf(ClusterState state, in WorkloadTraits traits, long milli, int group)
    {
        var kind = QuotaCheck.KindOf(traits.Provisioning);
        var limit = state.Tenancy.Usage.Limit(traits.Project, group, kind);
        return limit < 0 ? 0 : Math.Max(0, state.Tenancy.Usage.Used(traits.Project, group, kind) + milli - limit);
    }

    /// <summary>Why the node lacks room for the shape, whatever its health; <see cref="ReasonCode.HasRoom"/> when it does not.</summary>
    public static ReasonCode RoomFor(NodeTable nodes, int node, in Shape shape)
    {
        if (!GpuChoice.Exists(nodes, node, shape))
            return nodes.FreeGpuCount(node) + IdleBadGpus(nodes, node) >= shape.GpuCount ? ReasonCode.BadGpus : ReasonCode.TooFewGpus;
        if (nodes.FreeCpu(node) < shape.CpuMilli)
            return ReasonCode.TooLittleCpu;
        if (nodes.FreeMemory(node) < shape.MemoryMib)
            return ReasonCode.TooLittleMemory;
        return nodes.IsFull(node) ? ReasonCode.TooManyWorkloads : ReasonCode.HasRoom;
    }

    private static int IdleBadGpus(NodeTable nodes, int node)
    {
        var idle = 0;
        for (var bad = nodes.BadGpusOf(node); bad != 0; bad &= bad - 1)
            idle += nodes.GpuUsed(node, BitOperations.TrailingZeroCount(bad)) == 0 ? 1 : 0;
        return idle;
    }
}
