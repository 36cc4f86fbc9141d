using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>
/// Single changes that would let a waiting gang run. Each is tried on the model itself and undone before it is named. For a very large gang the
/// least change may not be found, or none: whoever asks must not hold up all that is to be decided.
/// </summary>
internal readonly ref struct GangRemedies
{
    /// <summary>Members seated by all tries together: fifty milliseconds or so.</summary>
    internal const long MaxSeated = 1 << 16;

    private readonly ClusterState _state;
    private readonly PendingJob _job;
    private readonly GangSpec _gang;
    private readonly GangNodes? _nodes;
    private readonly long _now;
    private readonly long _mostSeated;

    private GangRemedies(ClusterState state, PendingJob job, GangSpec gang, long now)
    {
        (_state, _job, _gang, _now) = (state, job, gang, now);
        (_nodes, _mostSeated) = (GangNodes.Of(job, state.Pending.Selections), state.Gangs.Seated + MaxSeated);
    }

    /// <param name="reasons">Gets what no single node can be blamed for.</param>
    public static ImmutableArray<Remedy> Of(ClusterState state, PendingJob job, GangSpec gang, long now, ref ImmutableArray<ReasonCount> reasons)
    {
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        new GangRemedies(state, job, gang, now).Find(remedies, ref reasons);
        return remedies.ToImmutable();
    }

    private void Find(ImmutableArray<Remedy>.Builder remedies, ref ImmutableArray<ReasonCount> reasons)
    {
        // What waits for its turn alone needs no change.
        if (WouldRun(_gang))
            return;
        RaiseQuota(remedies);
        if (_gang.Topology == TopologyMode.Hard)
        {
            if (DomainShortage.Of(_state, _gang) is { } small)
                reasons = reasons.Add(small);
            AllowTier(remedies);
        }
        if (_gang.IsApart && ApartShortage.Of(_state, _job, _gang, _now) is { } few)
            reasons = reasons.Add(few);
        FewerMembers(remedies);
        if (_gang.Traits.Provisioning != Provisioning.Spot && WouldRun(_gang with { Traits = _gang.Traits with { Provisioning = Provisioning.Spot } }))
            remedies.Add(new Remedy(RemedyCode.AsSpot, 0, "", []));
    }

    /// <summary>The group in which the least more lets it run. Tried with the limit raised: what of it is borrowed, and where the members go, is the placement's to say.</summary>
    private void RaiseQuota(ImmutableArray<Remedy>.Builder remedies)
    {
        var shortage = GangShortage.Of(_state, _gang);
        var (best, least) = (-1, long.MaxValue);
        for (var group = 0; group < _state.Nodes.Groups.Length; group++)
        {
            if (LeastRaise(shortage, group) is > 0 and var raise && raise < least)
                (best, least) = (group, raise);
        }
        if (best >= 0)
            remedies.Add(new Remedy(RemedyCode.RaiseQuota, least, _state.Nodes.Groups[best], []));
    }

    /// <summary>0: no raise lets it run.</summary>
    private long LeastRaise(GangShortage shortage, int group)
    {
        var enough = NodeSurvey.ShortageOf(_state, _gang.Traits, shortage.MissingMilli, group);
        if (enough == 0 || !WouldRunWith(enough, group))
            return 0;
        // Where the members are alike this is the answer, and the rest confirms it.
        var tooLittle = 0L;
        var guess = NodeSurvey.ShortageOf(_state, _gang.Traits, shortage.NeededMilli - Borrowable(shortage, group), group);
        if (guess > 0 && guess < enough)
            (tooLittle, enough) = WouldRunWith(guess, group) ? (0L, guess) : (guess, enough);
        if (enough > 1 && !WouldRunWith(enough - 1, group))
            return enough;
        while (enough - tooLittle > 1)
        {
            var middle = tooLittle + (enough - tooLittle) / 2;
            (tooLittle, enough) = WouldRunWith(middle, group) ? (tooLittle, middle) : (middle, enough);
        }
        return enough;
    }

    private bool WouldRunWith(long raise, int group)
    {
        var (usage, kind) = (_state.Tenancy.Usage, QuotaCheck.KindOf(_gang.Traits.Provisioning));
        usage.Raise(_gang.Traits.Project, group, kind, raise);
        var runs = WouldRun(_gang);
        usage.Raise(_gang.Traits.Project, group, kind, -raise);
        return runs;
    }

    /// <summary>Milli-GPU of those needed members that idle Reserved capacity would take.</summary>
    private long Borrowable(GangShortage shortage, int group)
    {
        var lendable = _gang.Traits.Provisioning == Provisioning.OnDemand ? Math.Max(0, _state.Tenancy.Usage.Lendable(group)) : 0;
        return Math.Min(lendable / Math.Max(1, shortage.Missing[0].Milli), shortage.Needed) * shortage.Missing[0].Milli;
    }

    private bool WouldRun(GangSpec changed) => WouldSeat(changed) is > 0 and var seated && seated >= changed.Needed;

    private int WouldSeat(GangSpec changed) => _state.Gangs.Seated < _mostSeated ? GangPlacer.WouldSeat(_state, changed, _nodes, _now) : 0;

    private void AllowTier(ImmutableArray<Remedy>.Builder remedies)
    {
        var tree = _state.Nodes.Topology;
        for (var level = 0; level < tree.LevelCount; level++)
        {
            var tier = tree.TierOfLevel(level);
            if (tier <= _gang.HighestTier || tier > TopologyTree.MaxTier)
                continue;
            if (!WouldRun(_gang with { HighestTier = tier }))
                continue;
            remedies.Add(new Remedy(RemedyCode.AllowTier, tier, "", []));
            return;
        }
    }

    /// <summary>The most members with which it runs; those that have a place count.</summary>
    private void FewerMembers(ImmutableArray<Remedy>.Builder remedies)
    {
        var (enough, tooMany) = (WouldSeat(_gang with { MinMembers = 1 }), _gang.Needed);
        if (enough == 0 || enough >= tooMany || !WouldRun(_gang with { MinMembers = enough }))
            return;
        // Mostly as many as found a place.
        if (!WouldRun(_gang with { MinMembers = enough + 1 }))
            tooMany = enough + 1;
        while (tooMany - enough > 1)
        {
            var middle = enough + (tooMany - enough) / 2;
            (enough, tooMany) = WouldRun(_gang with { MinMembers = middle }) ? (middle, tooMany) : (enough, middle);
        }
        remedies.Add(new Remedy(RemedyCode.FewerMembers, enough, "", []));
    }
}
