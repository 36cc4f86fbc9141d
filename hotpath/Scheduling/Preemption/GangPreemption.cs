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
    /// <param name="candidates">The only nodes that will do; null: any.</param>
    public static bool TryPlan(ClusterState state, GangSpec gang, GangNodes? candidates, long now)
    {
        // Those that have a place already count towards the fewest; elastic members beyond evict nobody.
        var needed = gang.NeededOf(state.Gangs.Missing.Count);
        if (needed <= 0)
            return false;
        var newcomers = new Newcomers(gang, candidates, needed, AsListed: false);
        if (!TryPlan(state, newcomers, now))
        {
            if (!gang.IsChoosable)
                return false;
            state.Gangs.PutSmallestFirst(gang);
            if (!TryPlan(state, newcomers, now))
                return false;
        }
        state.Preemption.Minimize(state);
        return true;
    }

    private static bool TryPlan(ClusterState state, in Newcomers newcomers, long now)
    {
        Collect(state, newcomers, now);
        return TryCompare(state, newcomers);
    }

    /// <summary>Leaves the cheapest plan of those compared in the scratch.</summary>
    private static bool TryCompare(ClusterState state, in Newcomers newcomers)
    {
        var offers = CollectionsMarshal.AsSpan(state.Preemption.Offers);
        var (plan, cost, left, held, tries) = (default(GangPlan), long.MaxValue, Compared, false, 0);
        var room = new DomainRoom(state, newcomers);
        foreach (ref readonly var offer in offers)
        {
            if (cost == long.MaxValue && !room.IsIn(offer))
                continue;
            // Anywhere is for a gang that fits in no domain.
            if (left == 0 || (cost < long.MaxValue && offer.Last && !plan.IsAnywhere))
                break;
            var before = cost;
            held = TryFill(new GangPlan(state, newcomers, offer), ref room, ref plan, ref cost);
            // Members that are planned later may have lost the few nodes that will do for them to those before.
            if (newcomers.AreByRole)
                held = TryFill(new GangPlan(state, newcomers with { AsListed = true }, offer), ref room, ref plan, ref cost);
            if (cost == long.MaxValue && (++tries == MaxTries || tries * (long)newcomers.Count > MaxMembersTried))
                break;
            if (cost == long.MaxValue)
                continue;
            // The others are estimated higher; where estimates come true there is nothing to compare.
            left = cost < before && Math.Abs(offer.Estimate * Impact.PerGpuSecond - cost) <= cost / TrueWithin ? 0 : left - 1;
        }
        if (held || cost == long.MaxValue)
            return held;
        room = new DomainRoom(state, newcomers);
        return plan.TryFill(long.MaxValue, ref room, out _);
    }

    /// <summary>Whether the attempt costs less than the best plan so far, in whose place it is then.</summary>
    private static bool TryFill(in GangPlan attempt, ref DomainRoom room, ref GangPlan best, ref long cost)
    {
        if (!attempt.TryFill(cost, ref room, out var price))
            return false;
        (best, cost) = (attempt, price);
        return true;
    }

    private static void Collect(ClusterState state, in Newcomers newcomers, long now)
    {
        var (gang, offers) = (newcomers.Gang, state.Preemption.Offers);
        offers.Clear();
        var own = state.Sets.TryFind(SetKind.Gang, gang.Id, out var set) ? set : -1;
        var mix = state.Tenancy.Policy.Gangs.MixGroups && state.Tenancy.Policy.Projects.IsEmpty;
        for (var groups = GangPlacer.GroupsOf(state, gang); !groups.IsEmpty; groups = mix ? GroupSet.None : groups.Without(groups.First))
        {
            var group = mix ? DomainCounts.AnyGroup : groups.First;
            if (RankIn(state, newcomers, group) is not (>= 0 and var rank))
                continue;
            var by = new Preemptor((UsageKind)rank, gang.Traits.Urgent, own, now, false, ForGang: true);
            if (!by.HasVictims)
                continue;
            new DomainEstimate(state, newcomers, by, group).Offer(offers);
            state.Preemption.Index.RoomFor(state, by);
        }
        offers.Sort();
    }

    /// <summary>The lowest rank that a needed member would have, in any order in which they may be entered; -1 when one exceeds the quota.</summary>
    private static int RankIn(ClusterState state, in Newcomers newcomers, int group)
    {
        var traits = newcomers.Gang.Traits;
        if (group == DomainCounts.AnyGroup)
            return (int)QuotaCheck.KindOf(traits.Provisioning);
        var rank = RankInOrder(state, newcomers, group);
        return newcomers.AreByRole ? Math.Min(rank, RankInOrder(state, newcomers with { AsListed = true }, group)) : rank;
    }

    private static int RankInOrder(ClusterState state, in Newcomers newcomers, int group)
    {
        var traits = newcomers.Gang.Traits;
        var quota = new QuotaWalk(state.Tenancy.Usage, traits.Project, group, traits.Provisioning);
        foreach (var (role, first, end) in newcomers.RunsIn(state.Gangs))
        {
            if (quota.Take(role.Shape.Milli, end - first) < end - first)
                return QuotaCheck.OverQuota;
        }
        return (int)quota.Rank;
    }
}
