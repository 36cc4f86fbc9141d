using System.Collections.Immutable;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Explain;

/// <summary>Single changes that would let a waiting workload run. Each was tried against the model before it is named.</summary>
internal static class WorkloadRemedies
{
    public static ImmutableArray<Remedy> Of(ClusterState state, PendingJob job)
    {
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        var (shape, traits) = (job.Shape, job.Traits);
        var admitted = Entry.AdmittedGroups(state, shape, traits);
        RaiseQuota(state, job, admitted, remedies);
        AcceptGroup(state, job, remedies);
        if (!admitted.IsEmpty)
        {
            LessOfTheRest(state, shape, admitted, remedies);
            FewerGpus(state, shape, admitted, remedies);
        }
        if (traits.Provisioning != Provisioning.Spot && Fits(state, shape, Entry.AdmittedGroups(state, shape, traits with { Provisioning = Provisioning.Spot })))
            remedies.Add(new Remedy(RemedyCode.AsSpot, 0, "", []));
        if (!admitted.IsEmpty)
            NodeRemedies.Add(state, shape, admitted, remedies);
        return remedies.ToImmutable();
    }

    private static void RaiseQuota(ClusterState state, PendingJob job, GroupSet admitted, ImmutableArray<Remedy>.Builder remedies)
    {
        var (best, least) = (-1, long.MaxValue);
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if (!job.Shape.Groups.Contains(group) || admitted.Contains(group))
                continue;
            var shortage = NodeSurvey.ShortageOf(state, job.Traits, job.Milli, group);
            if (shortage < least && Fits(state, job.Shape, GroupSet.Of(group)))
                (best, least) = (group, shortage);
        }
        if (best >= 0)
            remedies.Add(new Remedy(RemedyCode.RaiseQuota, least, state.Nodes.Groups[best], []));
    }

    private static void AcceptGroup(ClusterState state, PendingJob job, ImmutableArray<Remedy>.Builder remedies)
    {
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if (job.Shape.Groups.Contains(group))
                continue;
            var other = job.Shape with { Groups = GroupSet.Of(group) };
            if (!Fits(state, other, Entry.AdmittedGroups(state, other, job.Traits)))
                continue;
            remedies.Add(new Remedy(RemedyCode.AcceptGroup, 0, state.Nodes.Groups[group], []));
            return;
        }
    }

    // The most CPU (or memory) that a node which has all the rest has free.
    private static void LessOfTheRest(ClusterState state, in Shape shape, GroupSet admitted, ImmutableArray<Remedy>.Builder remedies)
    {
        var nodes = state.Nodes;
        int cpuNode = -1, memoryNode = -1;
        for (var node = 0; node < nodes.End; node++)
        {
            if (!nodes.Exists(node) || !nodes.IsSchedulable(node) || !admitted.Contains(nodes.GroupIndexOf(node)))
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

    private static void FewerGpus(ClusterState state, in Shape shape, GroupSet admitted, ImmutableArray<Remedy>.Builder remedies)
    {
        for (var gpus = shape.GpuCount - 1; gpus > 0; gpus--)
        {
            if (!Fits(state, shape with { GpuCount = gpus }, admitted))
                continue;
            remedies.Add(new Remedy(RemedyCode.FewerGpus, gpus, "", []));
            return;
        }
    }

    private static bool Fits(ClusterState state, in Shape shape, GroupSet groups)
        => !groups.IsEmpty && NodeChoice.Of(state, shape, groups, shape.Milli, candidates: null, [], out _) >= 0;
}
