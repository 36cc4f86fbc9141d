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
    private const int Compared = 2;

    /// <summary>Domains planned in vain before giving up; a decision must stay one of milliseconds.</summary>
    private const int MaxTries = 256;

    /// <summary>Leaves seats and victims in the scratch; members are indices of <see cref="GangScratch.Missing"/>. Changes nothing else.</summary>
    public static bool TryPlan(ClusterState state, GangSpec gang, long now)
    {
        // Those that have a place already count towards the fewest; elastic members beyond evict nobody.
        var needed = gang.Needed - (gang.Members - state.Gangs.Missing.Count);
        if (needed <= 0)
            return false;
        Collect(state, gang, needed, now);
        var (plan, cost, planned) = (default(GangPlan), long.MaxValue, 0);
        for (var tries = 0; tries < Math.Min(state.Preemption.Offers.Count, MaxTries) && planned < Compared; tries++)
        {
            var attempt = new GangPlan(state, gang, needed, state.Preemption.Offers[tries]);
            // Anywhere is for a gang that fits in no domain.
            if (planned > 0 && attempt.IsAnywhere && !plan.IsAnywhere)
                break;
            if (!attempt.TryFill(cost, out var price))
                continue;
            (plan, cost, planned) = (attempt, price, planned + 1);
        }
        if (planned == 0 || !plan.TryFill(long.MaxValue, out _))
            return false;
        state.Preemption.Minimize(state);
        return true;
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
            var by = new Preemptor((UsageKind)rank, gang.Traits.Urgent, own, now, false);
            if (by.HasVictims)
                new DomainEstimate(state, gang, needed, by, group).Offer(offers);
        }
        offers.Sort();
    }

    /// <summary>The lowest rank that a needed member would have, in the order in which they are entered; -1 when one exceeds the quota.</summary>
    private static int RankIn(ClusterState state, GangSpec gang, int group, int needed)
    {
        var kind = QuotaCheck.KindOf(gang.Traits.Provisioning);
        if (group == DomainCounts.AnyGroup)
            return (int)kind;
        var (usage, project) = (state.Tenancy.Usage, gang.Traits.Project);
        var limit = usage.Limit(project, group, kind);
        var (left, lendable, rank) = (limit < 0 ? long.MaxValue : limit - usage.Used(project, group, kind), usage.Lendable(group), kind);
        for (var gpus = NodeTable.MaxGpus; gpus > 0; gpus--)
        {
            foreach (var (role, _, _) in CollectionsMarshal.AsSpan(state.Gangs.Missing)[..needed])
            {
                var milli = gang.Roles[role].Shape.Milli;
                if (gang.Roles[role].Shape.GpuCount != gpus)
                    continue;
                if (milli <= left)
                    left -= milli;
                else if (kind != UsageKind.OnDemand || milli > lendable)
                    return QuotaCheck.OverQuota;
                else
                    (lendable, rank) = (lendable - milli, UsageKind.Borrowed);
            }
        }
        return (int)rank;
    }
}
