using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>How many nodes a gang lacks whose members may not share one (<see cref="GangRole.Apart"/>), whatever its quota.</summary>
internal static class ApartShortage
{
    /// <summary>Of the roles that must have nodes of their own those that lack the most, the first of several; null when none lack any.</summary>
    public static ReasonCount? Of(ClusterState state, PendingJob job, GangSpec gang, long now)
    {
        var (worst, shortage) = (default(ReasonCount?), GangShortage.Of(state, gang));
        state.Gangs.Mates.Gather(state, gang);
        foreach (var roles in gang.Roles.Select((role, index) => role.MostOnNode(index) == 1 ? role.Apart : 0).Where(roles => roles != 0).Distinct())
        {
            // Roles that say the same of all of them share no node with each other either.
            var apart = Enumerable.Range(0, gang.Roles.Length).Where(role => gang.Roles[role].Apart == roles && gang.Roles[role].MostOnNode(role) == 1).ToArray();
            if (Of(state, job, gang, shortage, apart, now) is { Amount: > 0 } reason && !(reason.Amount <= worst?.Amount))
                worst = reason;
        }
        return worst;
    }

    private static ReasonCount? Of(ClusterState state, PendingJob job, GangSpec gang, GangShortage shortage, int[] roles, long now)
    {
        var missing = roles.Sum(role => gang.Roles[role].Members.Count(member => !state.Workloads.TryFind(member, out _)));
        // Others may be those that it can do without.
        var needed = missing - (shortage.Missing.Count - shortage.Needed);
        var (best, most) = (-1, -1);
        foreach (var group in DomainShortage.GroupsOf(state, gang))
        {
            var rooms = RoomsOf(state, job, gang, roles, group, now);
            var (domain, count) = gang.Topology == TopologyMode.Hard ? MostIn(state, gang, shortage, rooms) : (TopologyTree.Root, rooms.Count);
            if (count > most)
                (best, most) = (domain, count);
        }
        return best < 0 ? null : new ReasonCount(ReasonCode.TooFewNodes, 0, best == TopologyTree.Root ? "" : state.Nodes.Topology.NameOf(best), needed - most);
    }

    /// <summary>Nodes that have room for a member of any of the roles.</summary>
    /// <param name="group">Machine group that those with GPUs are in, or any.</param>
    private static NodeSet RoomsOf(ClusterState state, PendingJob job, GangSpec gang, int[] roles, int group, long now)
    {
        var (rooms, key) = (new NodeSet(), JobKey.Of(job));
        for (var node = 0; node < state.Nodes.End; node++)
        {
            if (state.Nodes.Exists(node) && Array.Exists(roles, role => HasRoom(role, node)))
                rooms.Add(node);
        }
        return rooms;

        bool HasRoom(int role, int node)
        {
            var (shape, selected) = (gang.Roles[role].Shape, state.Pending.Selections.NodesOf(job, role));
            return GangRoom.IsOfGroup(shape, state.Nodes.GroupIndexOf(node), group)
                && NodeSurvey.ReasonFor(state, node, shape, gang.Traits, key, shape.Groups, selected, now) == ReasonCode.HasRoom
                && state.Gangs.Mates.Admit(state, gang, role, node);
        }
    }

    /// <summary>The allowed domain with the most such nodes, the first of several; -1: there is none.</summary>
    private static (int Domain, int Rooms) MostIn(ClusterState state, GangSpec gang, GangShortage shortage, NodeSet rooms)
    {
        var (tree, best, most) = (state.Nodes.Topology, -1, -1);
        for (var domain = TopologyTree.Root + 1; domain < tree.Count; domain++)
        {
            if (!shortage.IsAllowedIn(tree, domain, gang.HighestTier))
                continue;
            var count = 0;
            foreach (var node in state.Nodes.NodesIn(domain))
                count += rooms.Contains(node) ? 1 : 0;
            if (count > most)
                (best, most) = (domain, count);
        }
        return (best, most);
    }
}
