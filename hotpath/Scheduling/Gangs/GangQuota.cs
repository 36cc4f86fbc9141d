using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Whether a project's quota is enough for a gang, whatever the nodes have free: one that it is not enough for waits for quota, not for nodes.</summary>
internal static class GangQuota
{
    /// <summary>As many of the missing members as are needed would be within the quota, entered in one of the orders in which they are.</summary>
    /// <param name="group">Machine group index, or <see cref="DomainCounts.AnyGroup"/>.</param>
    public static bool IsEnough(ClusterState state, GangSpec gang, int group)
    {
        if (state.Tenancy.Policy.Projects.IsEmpty)
            return true;
        var needed = gang.FewestOf(state.Gangs.Missing.Count);
        return group == DomainCounts.AnyGroup ? SeatsOnAny(state, gang) >= needed
            : LargestFirst(state, gang, group, state.Gangs.Missing.Count) >= needed || (gang.Roles.Length > 1 && AsListed(state, gang, group) >= needed);
    }

    /// <summary>The first of the missing members that are needed would be within the quota, entered before all others.</summary>
    public static bool IsEnoughForFewest(ClusterState state, GangSpec gang, int group)
    {
        var needed = gang.FewestOf(state.Gangs.Missing.Count);
        return state.Tenancy.Policy.Projects.IsEmpty
            || (group == DomainCounts.AnyGroup ? SeatsOnAny(state, gang) >= needed : LargestFirst(state, gang, group, needed) == needed);
    }

    /// <summary>Members of this shape alone that the quota of all its machine groups covers.</summary>
    public static int SeatsOnAny(ClusterState state, GangSpec gang, in Shape shape, int members)
    {
        if (state.Tenancy.Policy.Projects.IsEmpty || shape.GpuCount == 0)
            return members;
        var left = members;
        for (var group = 0; group < state.Nodes.Groups.Length && left > 0; group++)
        {
            var quota = WalkOf(state, gang, group);
            left -= shape.Groups.Contains(group) ? quota.Take(shape.Milli, left) : 0;
        }
        return members - left;
    }

    private static int LargestFirst(ClusterState state, GangSpec gang, int group, int members)
    {
        var (quota, seats) = (WalkOf(state, gang, group), 0);
        foreach (var (role, first, end) in state.Gangs.RunsOf(gang, members))
            seats += quota.Take(role.Shape.Milli, end - first);
        return seats;
    }

    private static int AsListed(ClusterState state, GangSpec gang, int group)
    {
        var (quota, seats) = (WalkOf(state, gang, group), 0);
        foreach (var (role, _, _) in state.Gangs.Missing)
            seats += quota.Take(gang.Roles[role].Shape.Milli, 1);
        return seats;
    }

    // Roles that share the quota of a group are not told apart here: too much is let through, and fails when it is tried.
    private static int SeatsOnAny(ClusterState state, GangSpec gang)
    {
        var seats = 0;
        foreach (var (role, first, end) in state.Gangs.RunsOf(gang, state.Gangs.Missing.Count))
            seats += SeatsOnAny(state, gang, role.Shape, end - first);
        return seats;
    }

    private static QuotaWalk WalkOf(ClusterState state, GangSpec gang, int group)
        => new(state.Tenancy.Usage, gang.Traits.Project, group, gang.Traits.Provisioning);
}
