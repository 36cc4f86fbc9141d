using System.Collections.Immutable;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Explain;

/// <summary>Single changes that would let a waiting workload run. Each was tried against the model before it is named.</summary>
internal static class WorkloadRemedies
{
    public static ImmutableArray<Remedy> Of(ClusterState state, PendingJob job, long now)
    {
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        var (shape, traits, nodes) = (job.Shape, job.Traits, state.Pending.Selections.NodesOf(job));
        var admitted = Entry.AdmittedGroups(state, shape, traits);
        // What waits for its turn alone needs no change.
        if (Fits(state, shape, admitted, nodes) || BlockedChoice.Choose(state, job.Id, shape, traits, admitted, nodes, now, out _) >= 0)
            return [];
        RaiseQuota(state, job, admitted, nodes, remedies);
        AcceptGroup(state, job, nodes, remedies);
        if (!admitted.IsEmpty)
            LessOfTheRest(state, shape, admitted, nodes, remedies);
        FewerGpus(state, job, nodes, remedies);
        if (traits.Provisioning != Provisioning.Spot && Fits(state, shape, Entry.AdmittedGroups(state, shape, traits with { Provisioning = Provisioning.Spot }), nodes))
            remedies.Add(new Remedy(RemedyCode.AsSpot, 0, "", []));
        if (!admitted.IsEmpty)
            NodeRemedies.Add(state, shape, admitted, nodes, remedies);
        return remedies.ToImmutable();
    }

    private static void RaiseQuota(ClusterState state, PendingJob job, GroupSet admitted, NodeSet? selected, ImmutableArray<Remedy>.Builder remedies)
    {
        var (best, least) = (-1, long.MaxValue);
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if (!job.Shape.Groups.Contains(group) || admitted.Contains(group))
                continue;
            var shortage = NodeSurvey.ShortageOf(state, job.Traits, job.Milli, group);
            if (shortage < least && Fits(state, job.Shape, GroupSet.Of(group), selected))
                (best, least) = (group, shortage);
        }
        if (best >= 0)
            remedies.Add(new Remedy(RemedyCode.RaiseQuota, least, state.Nodes.Groups[best], []));
    }

    private static void AcceptGroup(ClusterState state, PendingJob job, NodeSet? selected, ImmutableArray<Remedy>.Builder remedies)
    {
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if (job.Shape.Groups.Contains(group))
                continue;
            var other = job.Shape with { Groups = GroupSet.Of(group) };
            if (!Fits(state, other, Entry.AdmittedGroups(state, other, job.Traits), selected))
                continue;
            remedies.Add(new Remedy(RemedyCode.AcceptGroup, 0, state.Nodes.Groups[group], []));
            return;
        }
    }

    // The most CPU (or memory) that a node which has all the rest has free.
    private static void LessOfTheRest(
        ClusterState state, in Shape shape, GroupSet admitted, NodeSet? selected, ImmutableArray<Remedy>.Builder remedies)
    {
        var nodes = state.Nodes;
        int cpuNode = -1, memoryNode = -1;
        for (var node = 0; node < nodes.End; node++)
        {
            if (!nodes.Exists(node) || !nodes.IsSchedulable(node) || !admitted.Contains(nodes.GroupIndexOf(node))
                || selected?.Contains(node) == false)
                continue;
            if (shape.CpuMilli > 0 && NodeSurvey.RoomFor(nodes, node, shape with { CpuMilli = 0 }) == ReasonCode.HasRoom
                && (cpuNode < 0 || nodes.FreeCpu(node) > nodes.FreeCpu(cpuNode)))
                cpuNode = node;
            if (shape.MemoryMib > 0 && NodeSurvey.RoomFor(nodes, node, shape with { MemoryMib = 0 }) == ReasonCode.HasRoom
                && (memoryNode < 0 || nodes.FreeMemory(node) > nodes.FreeMemory(memoryNode)))
                memoryNode = node;
        }
        if (cpuNode >= 0 && nodes.FreeCpu(cpuNode) is > 0 and var cpu && cpu < shape.CpuMilli)
            remedies.Add(new Remedy(RemedyCode.LessCpu, cpu, nodes.NameOf(cpuNode), []));
        if (memoryNode >= 0 && nodes.FreeMemory(memoryNode) is > 0 and var memory && memory < shape.MemoryMib)
            remedies.Add(new Remedy(RemedyCode.LessMemory, memory, nodes.NameOf(memoryNode), []));
    }

    // A quota that all of them are too many for may take fewer.
    private static void FewerGpus(ClusterState state, PendingJob job, NodeSet? selected, ImmutableArray<Remedy>.Builder remedies)
    {
        for (var gpus = job.Shape.GpuCount - 1; gpus > 0; gpus--)
        {
            var fewer = job.Shape with { GpuCount = gpus };
            if (!Fits(state, fewer, Entry.AdmittedGroups(state, fewer, job.Traits), selected))
                continue;
            remedies.Add(new Remedy(RemedyCode.FewerGpus, gpus, "", []));
            return;
        }
    }

    private static bool Fits(ClusterState state, in Shape shape, GroupSet groups, NodeSet? selected)
        => !groups.IsEmpty && NodeChoice.Of(state, shape, groups, shape.Milli, selected, out _) >= 0;
}
