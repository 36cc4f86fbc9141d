using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;
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
        // What waits for its turn alone needs no change.
        if (WouldRun(state, gang, nodes, now))
            return [];
        RaiseQuota(state, gang, nodes, now, remedies);
        if (gang.Topology == TopologyMode.Hard)
        {
            if (DomainShortage.Of(state, gang) is { } small)
                reasons = reasons.Add(small);
            AllowTier(state, gang, nodes, now, remedies);
        }
        FewerMembers(state, gang, nodes, now, remedies);
        if (gang.Traits.Provisioning != Provisioning.Spot
            && WouldRun(state, gang with { Traits = gang.Traits with { Provisioning = Provisioning.Spot } }, nodes, now))
            remedies.Add(new Remedy(RemedyCode.AsSpot, 0, "", []));
        return remedies.ToImmutable();
    }

    /// <summary>The group in which the least more lets it run. Tried with the limit raised: what of it is borrowed, and where the members go, is the placement's to say.</summary>
    private static void RaiseQuota(ClusterState state, GangSpec gang, GangNodes? nodes, long now, ImmutableArray<Remedy>.Builder remedies)
    {
        var shortage = GangShortage.Of(state, gang);
        var (best, least) = (-1, long.MaxValue);
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if (LeastRaise(state, gang, shortage, group, nodes, now) is > 0 and var raise && raise < least)
                (best, least) = (group, raise);
        }
        if (best >= 0)
            remedies.Add(new Remedy(RemedyCode.RaiseQuota, least, state.Nodes.Groups[best], []));
    }

    /// <summary>0: no raise lets it run.</summary>
    private static long LeastRaise(ClusterState state, GangSpec gang, GangShortage shortage, int group, GangNodes? nodes, long now)
    {
        var enough = NodeSurvey.ShortageOf(state, gang.Traits, shortage.MissingMilli, group);
        if (enough == 0 || !WouldRun(enough))
            return 0;
        // Where the members are alike this is the answer, and the rest confirms it.
        var tooLittle = 0L;
        var guess = NodeSurvey.ShortageOf(state, gang.Traits, shortage.NeededMilli - Borrowable(state, gang, shortage, group), group);
        if (guess > 0 && guess < enough)
            (tooLittle, enough) = WouldRun(guess) ? (0L, guess) : (guess, enough);
        if (enough > 1 && !WouldRun(enough - 1))
            return enough;
        while (enough - tooLittle > 1)
        {
            var middle = tooLittle + (enough - tooLittle) / 2;
            (tooLittle, enough) = WouldRun(middle) ? (tooLittle, middle) : (middle, enough);
        }
        return enough;

        bool WouldRun(long raise)
        {
            var (usage, kind) = (state.Tenancy.Usage, QuotaCheck.KindOf(gang.Traits.Provisioning));
            usage.Raise(gang.Traits.Project, group, kind, raise);
            var runs = GangRemedies.WouldRun(state, gang, nodes, now);
            usage.Raise(gang.Traits.Project, group, kind, -raise);
            return runs;
        }
    }

    /// <summary>Milli-GPU of those needed members that idle Reserved capacity would take.</summary>
    private static long Borrowable(ClusterState state, GangSpec gang, GangShortage shortage, int group)
    {
        var lendable = gang.Traits.Provisioning == Provisioning.OnDemand ? Math.Max(0, state.Tenancy.Usage.Lendable(group)) : 0;
        return Math.Min(lendable / Math.Max(1, shortage.Missing[0].Milli), shortage.Needed) * shortage.Missing[0].Milli;
    }

    private static bool WouldRun(ClusterState state, GangSpec gang, GangNodes? nodes, long now)
        => GangPlacer.WouldSeat(state, gang, nodes, now) is > 0 and var seated && seated >= gang.Needed;

    private static void AllowTier(ClusterState state, GangSpec gang, GangNodes? nodes, long now, ImmutableArray<Remedy>.Builder remedies)
    {
        var tree = state.Nodes.Topology;
        for (var level = 0; level < tree.LevelCount; level++)
        {
            var tier = tree.TierOfLevel(level);
            if (tier <= gang.HighestTier || tier > TopologyTree.MaxTier)
                continue;
            if (!WouldRun(state, gang with { HighestTier = tier }, nodes, now))
                continue;
            remedies.Add(new Remedy(RemedyCode.AllowTier, tier, "", []));
            return;
        }
    }

    /// <summary>The most members with which it runs; those that have a place count.</summary>
    private static void FewerMembers(ClusterState state, GangSpec gang, GangNodes? nodes, long now, ImmutableArray<Remedy>.Builder remedies)
    {
        var (enough, tooMany) = (GangPlacer.WouldSeat(state, gang with { MinMembers = 1 }, nodes, now), gang.Needed);
        if (enough == 0 || enough >= tooMany || !WouldRun(state, gang with { MinMembers = enough }, nodes, now))
            return;
        // Mostly as many as found a place.
        if (!WouldRun(state, gang with { MinMembers = enough + 1 }, nodes, now))
            tooMany = enough + 1;
        while (tooMany - enough > 1)
        {
            var middle = enough + (tooMany - enough) / 2;
            (enough, tooMany) = WouldRun(state, gang with { MinMembers = middle }, nodes, now) ? (middle, tooMany) : (enough, middle);
        }
        remedies.Add(new Remedy(RemedyCode.FewerMembers, enough, "", []));
    }
}
