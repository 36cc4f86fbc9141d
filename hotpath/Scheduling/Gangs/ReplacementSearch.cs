using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Looks for the node nearest to another one that has room for one workload more.</summary>
/// <param name="gang">Of which the workload is a member; null: what was asked for is not known.</param>
/// <param name="role">The workload's; -1: not known.</param>
/// <param name="offered">Nodes that others have been offered. Two that may share the node that they are on may share these.</param>
internal readonly ref struct ReplacementSearch(ClusterState state, Shape shape, GangSpec? gang, int role, OfferedRoom offered)
{
    private readonly bool _isApart = role >= 0 && gang!.Roles[role].Apart != 0;
    private readonly Shape _shape = shape;
    private readonly NodeTable _nodes = state.Nodes;

    /// <summary>
    /// In the smallest domain round the node that has any, the one with the fewest free GPUs, then the lowest index; when only the whole
    /// cluster has, one that was offered before, or that a placement would take (<see cref="NodeChoice"/>). -1: there is none.
    /// </summary>
    public int Nearest(int node)
    {
        if (_isApart)
            state.Gangs.Mates.Gather(state, gang!);
        // Asked first: it takes no look at each node, of which a full cluster would take all.
        var anywhere = Anywhere();
        if (anywhere < 0)
            return -1;
        var looked = -1;
        foreach (var domain in _nodes.Topology.NearToFar(_nodes.DomainOf(node)))
        {
            if (domain != TopologyTree.Root && In(domain, looked) is >= 0 and var near)
                return near;
            looked = domain;
        }
        return anywhere;
    }

    private int Anywhere()
    {
        foreach (var node in offered.Nodes)
        {
            if (HasRoom(node))
                return node;
        }
        var open = _isApart ? state.Gangs.Mates.OpenTo(state, gang!, role, candidates: null) : null;
        return NodeChoice.Of(state, _shape, _shape.Groups, gang?.Milli ?? _shape.Milli, open, offered.Nodes, out _);
    }

    /// <param name="looked">A domain in it that has none; or -1.</param>
    private int In(int domain, int looked)
    {
        var (best, fewest) = (-1, int.MaxValue);
        var (tree, part) = (_nodes.Topology, domain);
        while (part < tree.EndOf(domain))
        {
            if (part == looked || !MayHold(part))
            {
                part = tree.EndOf(part);
                continue;
            }
            foreach (var node in _nodes.NodesUnder(part))
            {
                var free = offered.Find(node)?.FreeGpus ?? _nodes.FreeGpuCount(node);
                if (free >= _shape.WholeGpus && free < fewest && HasRoom(node))
                    (best, fewest) = (node, free);
                if (fewest == _shape.WholeGpus)
                    return best;
            }
            part++;
        }
        return best;
    }

    /// <summary>By the free GPUs of its nodes alone.</summary>
    private bool MayHold(int domain)
        => _nodes.Domains!.Capacity(domain, _shape.Groups.IsOne ? _shape.Groups.First : DomainCounts.AnyGroup, _shape.WholeGpus) > 0;

    private bool HasRoom(int node)
    {
        if (!_nodes.IsOpen(node) || !_shape.Groups.Contains(_nodes.GroupIndexOf(node)) || (_isApart && !state.Gangs.Mates.Admit(state, gang!, role, node)))
            return false;
        return (offered.Find(node)?.Places(_shape, 1) ?? PlaceCount.On(_nodes, node, _shape, 1)) > 0;
    }
}
