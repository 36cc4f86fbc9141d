using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>Single changes that would let a waiting gang run. Each is tried on the model itself and undone before it is named.</summary>
internal static class GangRemedies
{
    /// <param name="reasons">Gets what no single node can be blamed for.</param>
    public static ImmutableArray<Remedy> Of(ClusterState state, PendingJob job, GangSpec gang, long now, ref ImmutableArray<ReasonCount> reasons)
    {
        var (remedies, nodes) = (ImmutableArray.CreateBuilder<Remedy>(), GangNodes.Of(job, state.Pending.Selections));
        RaiseQuota(state, job, gang, nodes, now, remedies);
        if (gang.Topology == TopologyMode.Hard)
        {
            if (LargestDomain(state, gang) is { } small)
                reasons = reasons.Add(small);
            AllowTier(state, gang, nodes, now, remedies);
        }
        FewerMembers(state, gang, nodes, now, remedies);
        if (gang.Traits.Provisioning != Provisioning.Spot
            && GangPlacer.WouldSeat(state, gang with { Traits = gang.Traits with { Provisioning = Provisioning.Spot } }, nodes, now) >= gang.Needed)
            remedies.Add(new Remedy(RemedyCode.AsSpot, 0, "", []));
        return remedies.ToImmutable();
    }

    // Without a project there is no quota: where the gang then fits, quota alone is in its way.
    private static void RaiseQuota(ClusterState state, PendingJob job, GangSpec gang, GangNodes? nodes, long now, ImmutableArray<Remedy>.Builder remedies)
    {
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            var shortage = NodeSurvey.ShortageOf(state, job.Traits, gang.Milli, group);
            if (shortage == 0 || !Accepts(gang, group))
                continue;
            var free = OnGroup(gang, group) with { Traits = gang.Traits with { Project = TenancyTable.NoProject } };
            if (GangPlacer.WouldSeat(state, free, nodes, now) < gang.Members)
                continue;
            remedies.Add(new Remedy(RemedyCode.RaiseQuota, shortage, state.Nodes.Groups[group], []));
            return;
        }
    }

    private static void AllowTier(ClusterState state, GangSpec gang, GangNodes? nodes, long now, ImmutableArray<Remedy>.Builder remedies)
    {
        var tree = state.Nodes.Topology;
        for (var level = 0; level < tree.LevelCount; level++)
        {
            var tier = tree.TierOfLevel(level);
            if (tier <= gang.HighestTier || tier > TopologyTree.MaxTier)
                continue;
            if (GangPlacer.WouldSeat(state, gang with { HighestTier = tier }, nodes, now) < gang.Needed)
                continue;
            remedies.Add(new Remedy(RemedyCode.AllowTier, tier, "", []));
            return;
        }
    }

    private static void FewerMembers(ClusterState state, GangSpec gang, GangNodes? nodes, long now, ImmutableArray<Remedy>.Builder remedies)
    {
        var seated = GangPlacer.WouldSeat(state, gang with { MinMembers = 1 }, nodes, now);
        if (seated > 0 && seated < gang.Needed && GangPlacer.WouldSeat(state, gang with { MinMembers = seated }, nodes, now) >= seated)
            remedies.Add(new Remedy(RemedyCode.FewerMembers, seated, "", []));
    }

    /// <summary>The allowed domain that can hold the most members, and how many nodes it lacks.</summary>
    private static ReasonCount? LargestDomain(ClusterState state, GangSpec gang)
    {
        if (state.Nodes.Domains is not { } domains)
            return new ReasonCount(ReasonCode.DomainTooSmall, 0, "", gang.Needed);
        var (tree, gpus) = (state.Nodes.Topology, Math.Max(1, gang.Roles.Max(role => role.Shape.GpuCount)));
        var (best, most) = (-1, -1);
        for (var domain = 1; domain < tree.Count; domain++)
        {
            var capacity = tree.TierOf(domain) <= gang.HighestTier ? domains.Capacity(domain, DomainCounts.AnyGroup, gpus) : -1;
            if (capacity > most)
                (best, most) = (domain, capacity);
        }
        if (best < 0 || most >= gang.Needed)
            return null;
        var perNode = Math.Max(1, LargestNode(state.Nodes) / gpus);
        return new ReasonCount(ReasonCode.DomainTooSmall, 0, tree.NameOf(best), (gang.Needed - most + perNode - 1) / perNode);
    }

    private static int LargestNode(NodeTable nodes)
    {
        var largest = 1;
        for (var node = 0; node < nodes.End; node++)
            largest = nodes.Exists(node) ? Math.Max(largest, nodes.ShapeOf(node).Gpus) : largest;
        return largest;
    }

    private static bool Accepts(GangSpec gang, int group) => gang.Roles.All(role => role.Shape.GpuCount == 0 || role.Shape.Groups.Contains(group));

    private static GangSpec OnGroup(GangSpec gang, int group) => gang with
    {
        Roles = [.. gang.Roles.Select(role => role.Shape.GpuCount == 0 ? role : role with { Shape = role.Shape with { Groups = GroupSet.Of(group) } })],
    };
}
