using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>
/// Tries the domains tier by tier, those first that are left least fragmented. The ranking knows free whole GPUs only, and each step of it
/// looks at every domain of the tier: where its first answers are all in vain, the others are gone through as they are numbered.
/// </summary>
internal static class DomainTries
{
    /// <summary>Domains of a tier taken in the order of their rank, and as many again of the others tried in vain; a decision must stay one of milliseconds.</summary>
    public const int MaxTries = 256;

    /// <param name="highest">Highest tier of a domain.</param>
    public static bool Succeed(in GangTry attempt, DomainCounts domains, int highest)
    {
        var hasRoom = default(bool?);
        return (!attempt.FewestFirst && Succeed(attempt, domains, attempt.NeedOfAll(), highest, ref hasRoom))
            || (attempt.Gang.Needed < attempt.Gang.Members && Succeed(attempt, domains, attempt.NeedOfFewest(), highest, ref hasRoom));
    }

    /// <param name="hasRoom">The whole cluster has room for enough members; null: nobody has looked.</param>
    private static bool Succeed(in GangTry attempt, DomainCounts domains, in GpuNeed need, int highest, ref bool? hasRoom)
    {
        if (hasRoom == false)
            return false;
        var (tree, level, tried) = (domains.Tree, -1, attempt.State.Gangs.Tried);
        var search = domains.Search(attempt.Group, need, highest);
        while (search.MoveNext())
        {
            if (tree.LevelOf(search.Current) != level)
                tried.Clear();
            level = tree.LevelOf(search.Current);
            // The first one is the right one as a rule.
            if ((tried.Count == 0 || GangRoom.IsIn(attempt, search.Current)) && attempt.In(search.Current))
                return true;
            // What has no room in the whole cluster has none in any domain, and one look costs less than one at each.
            hasRoom ??= GangRoom.IsIn(attempt, TopologyTree.Root);
            if (hasRoom == false)
                return false;
            tried.Add(search.Current);
            if (tried.Count < MaxTries)
                continue;
            if (SucceedInOthers(attempt, domains, need, tree.DomainsOfLevel(level)))
                return true;
            search.LeaveTier();
        }
        return false;
    }

    private static bool SucceedInOthers(in GangTry attempt, DomainCounts domains, in GpuNeed need, ReadOnlySpan<int> tier)
    {
        var (tried, left) = (attempt.State.Gangs.Tried, MaxTries);
        foreach (var domain in tier)
        {
            if (!domains.Holds(domain, attempt.Group, need) || !GangRoom.IsIn(attempt, domain) || tried.Contains(domain))
                continue;
            if (attempt.In(domain))
                return true;
            if (--left == 0)
                return false;
        }
        return false;
    }
}
