namespace Pipeline.Scheduling.Gangs;

/// <summary>Members of a role that must share a domain: as many neighbours, in the order given, as the role says.</summary>
internal static class Subgroups
{
    /// <summary>One more than the index of the last missing member that is in the sub-group of the first.</summary>
    /// <param name="end">Where the role's missing members end.</param>
    public static int EndOf(GangScratch scratch, GangRole role, int first, int end)
    {
        var (subgroup, next) = (scratch.Missing[first].Index / role.SubgroupSize, first + 1);
        while (next < end && scratch.Missing[next].Index / role.SubgroupSize == subgroup)
            next++;
        return next;
    }

    /// <summary>The lowest domain of those members of the sub-group that have a place, or -1 when none has.</summary>
    /// <param name="member">Index in the role of one of them.</param>
    public static int DomainOfMates(ClusterState state, GangRole role, int member)
    {
        var common = -1;
        foreach (var mate in role.Members.AsSpan(member / role.SubgroupSize * role.SubgroupSize, role.SubgroupSize))
        {
            if (!state.Workloads.TryFind(mate, out var slot))
                continue;
            var domain = state.Nodes.DomainOf(state.Workloads[slot].Node);
            common = common < 0 ? domain : state.Nodes.Topology.LowestCommonDomain([common, domain]);
        }
        return common;
    }
}
