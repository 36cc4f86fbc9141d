using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What room for a gang's largest members would cost in each domain: the cheapest nodes of the column that hold so many.</summary>
internal readonly ref struct DomainEstimate
{
    private readonly ClusterState _state;
    private readonly GangSpec _gang;
    private readonly Preemptor _by;
    private readonly int _group;
    private readonly Shape _largest;
    private readonly int _members;
    private readonly ImpactColumn _column;
    private readonly int _seconds;

    public DomainEstimate(ClusterState state, GangSpec gang, int needed, in Preemptor by, int group)
    {
        (_state, _gang, _by, _group) = (state, gang, by, group);
        var missing = CollectionsMarshal.AsSpan(state.Gangs.Missing)[..needed];
        _largest = gang.Roles[missing[0].Role].Shape;
        foreach (var (role, _, _) in missing)
        {
            if (WholeGpus(gang.Roles[role].Shape) > WholeGpus(_largest))
                _largest = gang.Roles[role].Shape;
        }
        foreach (var (role, _, _) in missing)
            _members += WholeGpus(gang.Roles[role].Shape) == WholeGpus(_largest) ? 1 : 0;
        _column = state.Preemption.Index.For(state, by, _largest, out _seconds);
    }

    /// <summary>Adds every domain that the gang may be in.</summary>
    public void Offer(List<DomainOffer> offers)
    {
        var tree = _state.Nodes.Topology;
        var highest = _gang.Topology == TopologyMode.Hard ? _gang.HighestTier : TopologyTree.MaxTier;
        var occupied = CollectionsMarshal.AsSpan(_state.Gangs.Occupied);
        if (_gang.Topology != TopologyMode.None && occupied.Length > 0)
        {
            foreach (var domain in tree.NearToFar(tree.LowestCommonDomain(occupied), highest))
            {
                if (domain != TopologyTree.Root)
                    Offer(offers, domain);
            }
        }
        else if (_gang.Topology != TopologyMode.None)
        {
            for (var domain = TopologyTree.Root + 1; domain < tree.Count; domain++)
            {
                if (tree.TierOf(domain) <= highest)
                    Offer(offers, domain);
            }
        }
        if (_gang.Topology != TopologyMode.Hard)
            Offer(offers, TopologyTree.Root);
    }

    private static int WholeGpus(in Shape shape) => shape.IsShare ? 0 : shape.GpuCount;

    private void Offer(List<DomainOffer> offers, int domain)
    {
        if (Of(domain) is >= 0 and var estimate)
            offers.Add(new DomainOffer(domain == TopologyTree.Root, estimate, _state.Nodes.Topology.LevelOf(domain), domain, _group, _by));
    }

    /// <summary>GPU-seconds; -1 when the domain cannot hold so many.</summary>
    private long Of(int domain)
    {
        var gpus = WholeGpus(_largest);
        var nodes = _state.Nodes.NodesIn(domain);
        if (gpus == 0)
            return nodes.IsEmpty ? -1 : 0;
        var places = 0;
        foreach (var node in nodes)
            places += PlacesOn(node, gpus);
        if (places < _members)
            return -1;
        // Of the nodes so far the cheapest that hold all members, the dearest of them on top.
        var dearest = _state.Preemption.Dearest;
        dearest.Clear();
        var (sum, held) = (0L, 0);
        foreach (var node in nodes)
        {
            var (here, cost) = (PlacesOn(node, gpus), _column.At(node, _seconds));
            if (here == 0 || (held >= _members && dearest.TryPeek(out _, out var top) && cost >= -top))
                continue;
            dearest.Enqueue(here, -cost);
            (sum, held) = (sum + (long)cost * here, held + here);
            while (dearest.TryPeek(out var last, out top) && held - last >= _members)
            {
                dearest.Dequeue();
                (sum, held) = (sum + (long)top * last, held - last);
            }
        }
        return Math.Max(0, sum);
    }

    private int PlacesOn(int node, int gpus)
    {
        if (_column.At(node, _seconds) == ImpactColumn.NoWay || (_group >= 0 && _state.Nodes.GroupIndexOf(node) != _group))
            return 0;
        return BitOperations.PopCount(_state.Nodes.HealthyGpus(node)) / gpus;
    }
}
