using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Model;

/// <content>Where nodes are in the network.</content>
public sealed partial class NodeTable
{
    private int[] _domain = new int[PageSize];
    private sbyte[] _counted = NewCounted(PageSize);
    private int[] _byDomain = [];
    private int[] _domainStarts = [0, 0];
    private int _sortings;
    private bool _sorted;

    /// <summary>The network domains; without any, all nodes hang under the root.</summary>
    public TopologyTree Topology { get; private set; } = TopologyTree.Flat;

    /// <summary>Nodes that can take a workload by free GPUs in each domain; null while there is only the root.</summary>
    internal DomainCounts? Domains { get; private set; }

    /// <summary>The domain that the node hangs under directly.</summary>
    internal int DomainOf(int node) => _domain[node];

    internal void SetTopology(TopologyTree tree)
    {
        Topology = tree;
        Domains = tree.Count == 1 ? null : new DomainCounts(tree);
        _sorted = false;
        for (var node = 0; node < End; node++)
        {
            if (!Exists(node))
                continue;
            _domain[node] = tree.LeafOf(_rows[node].Name);
            _counted[node] = DomainCounts.Absent;
            Recount(node);
        }
    }

    /// <summary>Nodes that hang under the domain directly, in the order of their indices.</summary>
    internal ReadOnlySpan<int> NodesUnder(int domain)
    {
        if (!_sorted)
            SortByDomain();
        return _byDomain.AsSpan(_domainStarts[domain].._domainStarts[domain + 1]);
    }

    /// <summary>Nodes of the domain and of those below it.</summary>
    internal ReadOnlySpan<int> NodesIn(int domain)
    {
        if (!_sorted)
            SortByDomain();
        return _byDomain.AsSpan(_domainStarts[domain].._domainStarts[Topology.EndOf(domain)]);
    }

    /// <summary>Where the nodes of the domain begin among those of all domains.</summary>
    internal int FirstIn(int domain)
    {
        if (!_sorted)
            SortByDomain();
        return _domainStarts[domain];
    }

    /// <summary>Another number, from 1 on, whenever nodes have other places in their order.</summary>
    internal int Order
    {
        get
        {
            if (!_sorted)
                SortByDomain();
            return _sortings;
        }
    }

    private static sbyte[] NewCounted(int rows)
    {
        var counted = new sbyte[rows];
        Array.Fill(counted, (sbyte)DomainCounts.Absent);
        return counted;
    }

    private void Locate(int node)
    {
        _domain[node] = Topology.LeafOf(_rows[node].Name);
        _sorted = false;
    }

    private void Recount(int node)
    {
        if (Domains is null)
            return;
        ref readonly var row = ref _rows[node];
        var free = row.IsOpen ? row.FreeGpuCount : DomainCounts.Absent;
        Domains.Move(_domain[node], row.Group, _counted[node], free);
        _counted[node] = (sbyte)free;
    }

    /// <summary>Before the node changes its machine group, or goes.</summary>
    private void Uncount(int node)
    {
        _sorted = false;
        Domains?.Move(_domain[node], _rows[node].Group, _counted[node], DomainCounts.Absent);
        _counted[node] = DomainCounts.Absent;
    }

    private void SortByDomain()
    {
        var starts = new int[Topology.Count + 1];
        for (var node = 0; node < End; node++)
        {
            if (Exists(node))
                starts[_domain[node] + 1]++;
        }
        for (var domain = 0; domain < Topology.Count; domain++)
            starts[domain + 1] += starts[domain];
        (_byDomain, _domainStarts) = (new int[starts[^1]], [.. starts]);
        for (var node = 0; node < End; node++)
        {
            if (Exists(node))
                _byDomain[starts[_domain[node]]++] = node;
        }
        (_sorted, _sortings) = (true, _sortings + 1);
    }
}
