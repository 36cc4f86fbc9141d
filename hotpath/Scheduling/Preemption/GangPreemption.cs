using System.Runtime.InteropServices;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// Room for a gang in one network domain (or anywhere, when its topology lets it) at the least cost, free places and victims' places
/// together. Every domain gets an estimate from the column; the cheapest are planned member by member (<see cref="GangPlan"/>).
/// </summary>
internal static class GangPreemption
{
    /// <summary>Domains planned for comparison: the estimate leaves out what only a plan shows, such as a gang that lies on several nodes.</summary>
    public const int Compared = 3;

    /// <summary>An estimate has come true that is off by no more than a hundredth, for it is rounded.</summary>
    private const int TrueWithin = 100;

    /// <summary>Domains planned in vain before giving up; a decision must stay one of milliseconds.</summary>
    public const int MaxTries = 256;

    /// <summary>Members in all plans that were in vain, which makes the domains fewer for large gangs.</summary>
    private const int MaxMembersTried = 1 << 16;

    /// <summary>Leaves seats and victims in the scratch; members are indices of <see cref="GangScratch.Missing"/>. Changes nothing else.</summary>
    public static bool TryPlan(ClusterState state, GangSpec gang, long now)
    {
        // Those that have a place already count towards the fewest; elastic members beyond evict nobody.
        var needed = gang.NeededOf(state.Gangs.Missing.Count);
        if (needed <= 0)
            return false;
        if (!TryPlan(state, gang, needed, now))
        {
            if (!gang.IsChoosable)
                return false;
            state.Gangs.PutSmallestFirst(gang);
            if (!TryPlan(state, gang, needed, now))
                return false;
        }
        state.Preemption.Minimize(state);
        return true;
    }

    private static bool TryPlan(ClusterState state, GangSpec gang, int needed, long now)
    {
        Collect(state, gang, needed, now);
        return TryCompare(state, gang, needed);
    }

    /// <summary>Leaves the cheapest plan of those compared in the scratch.</summary>
    private static bool TryCompare(ClusterState state, GangSpec gang, int needed)
    {
        var offers = CollectionsMarshal.AsSpan(state.Preemption.Offers);
        var (plan, cost, left, held, tries) = (default(GangPlan), long.MaxValue, Compared, false, 0);
        var room = new DomainRoom(state, gang, needed);
        foreach (ref readonly var offer in offers)
        {
            if (cost == long.MaxValue && !room.IsIn(offer))
                continue;
            var attempt = new GangPlan(state, gang, needed, offer);
            // Anywhere is for a gang that fits in no domain.
            if (left == 0 || (cost < long.MaxValue && attempt.IsAnywhere && !plan.IsAnywhere))
                break;
            held = attempt.TryFill(cost, ref room, out var price);
            if (held)
                (plan, cost) = (attempt, price);
            if (cost == long.MaxValue && (++tries == MaxTries || tries * (long)needed > MaxMembersTried))
                break;
            if (cost == long.MaxValue)
                continue;
            // The others are estimated higher; where estimates come true there is nothing to compare.
            left = held && Math.Abs(offer.Estimate * Impact.PerGpuSecond - price) <= price / TrueWithin ? 0 : left - 1;
        }
        if (held || cost == long.MaxValue)
            return held;
        room = new DomainRoom(state, gang, needed);
        return plan.TryFill(long.MaxValue, ref room, out _);
    }

    private static void Collect(ClusterState state, GangSpec gang, int needed, long now)
    {
        var offers = state.Preemption.Offers;
        offers.Clear();
        var own = state.Sets.TryFind(SetKind.Gang, gang.Id, out var set) ? set : -1;
        var mix = state.Tenancy.Policy.Gangs.MixGroups && state.Tenancy.Policy.Projects.IsEmpty;
        for (var groups = GangPlacer.GroupsOf(state, gang); !groups.IsEmpty; groups = mix ? GroupSet.None : groups.Without(groups.First))
        {
            var group = mix ? DomainCounts.AnyGroup : groups.First;
            if (RankIn(state, gang, group, needed) is not (>= 0 and var rank))
                continue;
            var by = new Preemptor((UsageKind)rank, gang.Traits.Urgent, own, now, false, ForGang: true);
            if (by.HasVictims)
                new DomainEstimate(state, gang, needed, by, group).Offer(offers);
        }
        offers.Sort();
    }

    /// <summary>The lowest rank that a needed member would have, in the order in which they are entered; -1 when one exceeds the quota.</summary>
    private static int RankIn(ClusterState state, GangSpec gang, int group, int needed)
    {
        if (group == DomainCounts.AnyGroup)
            return (int)QuotaCheck.KindOf(gang.Traits.Provisioning);
        var quota = new QuotaWalk(state.Tenancy.Usage, gang.Traits.Project, group, gang.Traits.Provisioning);
        foreach (var (role, first, end) in state.Gangs.RunsOf(gang, needed))
        {
            if (quota.Take(role.Shape.Milli, end - first) < end - first)
                return QuotaCheck.OverQuota;
        }
        return (int)quota.Rank;
    }
}
