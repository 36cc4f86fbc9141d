using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Model;

/// <summary>
/// Gives the index of a machine group that nobody uses any more to another one. As long as there are few groups, all keep theirs.
/// </summary>
/// <remarks>
/// A group is gone before it is forgotten, so that no command on its way names it when its index comes to mean another. That it is gone changes
/// no decision, and it is forgotten only for a node that would have no group otherwise.
/// </remarks>
internal static class GroupForgetting
{
    /// <summary>The index of a node's group; <see cref="NodeTable.NoGroup"/> when the name is new and all indices are in use.</summary>
    /// <param name="changed">The groups are not what they were.</param>
    public static int IndexFor(ClusterState state, string name, long now, out bool changed)
    {
        var nodes = state.Nodes;
        var before = nodes.Naming;
        if (!nodes.TryFindGroup(name, out var group))
            group = Place(state, name, now);
        else if (nodes.Naming.IsGone(group))
            nodes.SetGroupGone(group, 0);
        changed = !ReferenceEquals(nodes.Naming, before);
        return group;
    }

    private static int Place(ClusterState state, string name, long now)
    {
        var nodes = state.Nodes;
        var full = nodes.Groups.Length >= nodes.MostGroups;
        var forgotten = nodes.Groups.Length >= nodes.MostGroups / 4 * 3 ? Retire(state, now) : NodeTable.NoGroup;
        if (full && forgotten == NodeTable.NoGroup)
            return NodeTable.NoGroup;
        if (full)
            nodes.ReplaceGroup(forgotten, name);
        else
            forgotten = nodes.AddGroup(name);
        state.Tenancy.SetLimits(nodes.Groups);
        return forgotten;
    }

    /// <summary>What nobody uses is gone from now on.</summary>
    /// <returns>The first that has been for long enough; <see cref="NodeTable.NoGroup"/>: none.</returns>
    private static int Retire(ClusterState state, long now)
    {
        var nodes = state.Nodes;
        var unused = UnusedOf(state, Idle(nodes, now));
        var first = NodeTable.NoGroup;
        for (; !unused.IsEmpty; unused = unused.Without(unused.First))
        {
            if (!nodes.Naming.IsGone(unused.First))
                nodes.SetGroupGone(unused.First, Math.Max(now, 1));
            else if (first == NodeTable.NoGroup)
                first = unused.First;
        }
        return first;
    }

    /// <summary>Groups without nodes that are there, or have been gone for long enough.</summary>
    private static GroupSet Idle(NodeTable nodes, long now)
    {
        var idle = GroupSet.None;
        for (var group = 0; group < nodes.Groups.Length; group++)
        {
            if (nodes.NodesOfGroup(group) == 0 && (!nodes.Naming.IsGone(group) || now - nodes.Naming.GoneAt(group) >= BudgetForgetting.KeptFor))
                idle = idle.With(group);
        }
        return idle;
    }

    /// <summary>Those of the groups that nothing names but their nodes.</summary>
    private static GroupSet UnusedOf(ClusterState state, GroupSet groups)
    {
        if (groups.IsEmpty)
            return groups;
        foreach (var project in state.Tenancy.Policy.Projects)
        {
            foreach (var quota in project.Quotas)
                ByName(quota.Group);
        }
        foreach (var profile in state.Tenancy.Policy.Profiles)
            ByName(profile.Group);
        for (var slot = 0; slot < state.Workloads.End; slot++)
        {
            if (state.Workloads[slot].Id != 0)
                Used(GroupSet.Of(state.Workloads[slot].Group));
        }
        for (var set = 0; set < state.Sets.End; set++)
            OfGang(state.Sets[set].Gang);
        for (var slot = 0; slot < state.Pending.End; slot++)
        {
            if (!state.Pending.IsUsed(slot))
                continue;
            Used(state.Pending[slot].Shape.Groups);
            OfGang(state.Pending[slot].Gang);
        }
        foreach (var departure in state.Departures.All)
            Used(GroupSet.Of(departure.Row.Group));
        foreach (var reservation in state.Reservations.Live.Values.Concat(state.Reservations.Over.Values))
            Used(GroupSet.Of(reservation.Request.Group));
        return groups;

        void ByName(string name)
        {
            if (state.Nodes.TryFindGroup(name, out var group))
                Used(GroupSet.Of(group));
        }

        void OfGang(GangSpec? gang)
        {
            foreach (var role in gang?.Roles ?? [])
                Used(role.Shape.Groups);
        }

        void Used(GroupSet by) => groups = by.IsAny ? groups : new GroupSet(groups.Bits & ~by.Bits);
    }
}
