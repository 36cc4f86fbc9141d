using System.Collections.Immutable;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>
/// Packs a job into the nodes of a domain as they will be: the largest members first, or those that need certain nodes, on the nodes that take the
/// most of them.
/// </summary>
internal sealed class StartPacking(ClusterState state, JobDemand demand, List<NodeForecast> all, int domain, Func<RoleDemand, int, bool> accepts)
{
    private readonly TopologyTree _tree = state.Nodes.Topology;

    /// <param name="nodes">The nodes used, ascending.</param>
    public bool TryPack(out ImmutableArray<int> nodes)
        => TryPack(demand.Roles, out nodes)
            || (demand.Roles.Count > 1 && demand.Roles.Exists(role => role.IsBound) && TryPack(demand.Roles.OrderByDescending(role => role.IsBound), out nodes));

    private bool TryPack(IEnumerable<RoleDemand> roles, out ImmutableArray<int> nodes)
    {
        var (forecasts, used) = (new List<NodeForecast>(), new SortedSet<int>());
        foreach (var node in all)
        {
            if (node.Closed == 0 && _tree.Contains(domain, state.Nodes.DomainOf(node.Node)))
                forecasts.Add(node.Copy());
        }
        nodes = default;
        foreach (var role in roles)
        {
            if (!TryPack(role, forecasts, used))
                return false;
        }
        nodes = [.. used];
        return true;
    }

    private bool TryPack(in RoleDemand role, List<NodeForecast> forecasts, SortedSet<int> used)
    {
        var places = new List<(int Places, NodeForecast Node)>();
        foreach (var node in forecasts)
        {
            if (accepts(role, node.Node) && role.PlacesOn(node) is > 0 and var fit)
                places.Add((fit, node));
        }
        places.Sort(static (a, b) => a.Places != b.Places ? b.Places.CompareTo(a.Places) : a.Node.Node.CompareTo(b.Node.Node));
        var left = role.Members;
        var rooms = role.SubgroupSize > 0 ? SubgroupRooms(role, places) : null;
        foreach (var (fit, node) in places)
        {
            var members = Math.Min(left, fit);
            if (rooms != null)
            {
                var part = PartOf(node.Node, role.SubgroupTier);
                members = part < 0 ? 0 : Math.Min(members, rooms[part]);
                if (part >= 0)
                    rooms[part] -= members;
            }
            if (members == 0)
                continue;
            node.Take(role.Shape, members);
            used.Add(node.Node);
            left -= members;
        }
        return left == 0;
    }

    /// <summary>Members that the parts for sub-groups get: whole sub-groups only, as many as are needed.</summary>
    private int[] SubgroupRooms(in RoleDemand role, List<(int Places, NodeForecast Node)> places)
    {
        var (rooms, left) = (new int[_tree.Count], role.Members);
        foreach (var (fit, node) in places)
        {
            if (PartOf(node.Node, role.SubgroupTier) is >= 0 and var part)
                rooms[part] += fit;
        }
        for (var part = 0; part < rooms.Length; part++)
        {
            rooms[part] = Math.Min(left, rooms[part] / role.SubgroupSize * role.SubgroupSize);
            left -= rooms[part];
        }
        return rooms;
    }

    /// <summary>The widest domain round the node that a sub-group may span, no wider than the job's own; -1: none.</summary>
    private int PartOf(int node, int tier)
    {
        var part = _tree.HighestAround(state.Nodes.DomainOf(node), tier);
        return part >= 0 && _tree.Contains(part, domain) ? domain : part;
    }
}
