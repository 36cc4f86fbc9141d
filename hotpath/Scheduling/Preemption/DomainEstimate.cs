using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What room for a gang's largest members would cost in each domain: the cheapest nodes of the column that hold so many.</summary>
internal readonly ref struct DomainEstimate
{
    private const int Buckets = 256;

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
            if (gang.Roles[role].Shape.WholeGpus > _largest.WholeGpus)
                _largest = gang.Roles[role].Shape;
        }
        foreach (var (role, _, _) in missing)
            _members += gang.Roles[role].Shape.WholeGpus == _largest.WholeGpus ? 1 : 0;
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

    private void Offer(List<DomainOffer> offers, int domain)
    {
        if (Of(domain) is >= 0 and var estimate)
            offers.Add(new DomainOffer(domain == TopologyTree.Root, estimate, _state.Nodes.Topology.LevelOf(domain), domain, _group, _by));
    }

    /// <summary>GPU-seconds; -1 when the domain cannot hold so many.</summary>
    private long Of(int domain)
    {
        var gpus = _largest.WholeGpus;
        var nodes = _state.Nodes.NodesIn(domain);
        if (gpus == 0)
            return nodes.IsEmpty ? -1 : 0;
        var (places, low, high) = (0, int.MaxValue, int.MinValue);
        foreach (var node in nodes)
        {
            if (PlacesOn(node, gpus, out var cost) is not (> 0 and var here))
                continue;
            (places, low, high) = (places + here, Math.Min(low, cost), Math.Max(high, cost));
        }
        return places < _members ? -1 : Math.Max(0, CheapestSum(nodes, gpus, low, high));
    }

    /// <summary>
    /// What the cheapest places for all members cost together: the nodes sorted into buckets of nearly equal cost, of which the last
    /// counts in part, at its mean.
    /// </summary>
    private long CheapestSum(ReadOnlySpan<int> nodes, int gpus, int low, int high)
    {
        Span<long> sums = stackalloc long[Buckets];
        Span<int> held = stackalloc int[Buckets];
        sums.Clear();
        held.Clear();
        var shift = Math.Max(0, 1 + BitOperations.Log2((uint)(high - low) | 1) - BitOperations.Log2(Buckets));
        foreach (var node in nodes)
        {
            if (PlacesOn(node, gpus, out var cost) is not (> 0 and var here))
                continue;
            var bucket = (int)((uint)(cost - low) >> shift);
            sums[bucket] += (long)cost * here;
            held[bucket] += here;
        }
        var (sum, left) = (0L, _members);
        for (var bucket = 0; left > 0; bucket++)
        {
            if (held[bucket] == 0)
                continue;
            sum += held[bucket] <= left ? sums[bucket] : sums[bucket] / held[bucket] * left;
            left -= held[bucket];
        }
        return sum;
    }

    private int PlacesOn(int node, int gpus, out int cost)
    {
        cost = _column.At(node, _seconds);
        if (cost == ImpactColumn.NoWay || (_group >= 0 && _state.Nodes.GroupIndexOf(node) != _group))
            return 0;
        return BitOperations.PopCount(_state.Nodes.HealthyGpus(node)) / gpus;
    }
}
