using System.Runtime.InteropServices;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// What room for a gang's largest members would cost in each domain: the cheapest nodes of the column that hold so many and that one of them may
/// use.
/// </summary>
internal readonly ref struct DomainEstimate
{
    private readonly ClusterState _state;
    private readonly GangSpec _gang;
    private readonly Preemptor _by;
    private readonly int _group;
    private readonly int _members;
    private readonly DomainPrices _prices;

    public DomainEstimate(ClusterState state, in Newcomers newcomers, in Preemptor by, int group)
    {
        (_state, _gang, _by, _group) = (state, newcomers.Gang, by, group);
        var missing = CollectionsMarshal.AsSpan(state.Gangs.Missing)[..newcomers.Count];
        var (largest, roles) = (_gang.Roles[missing[0].Role].Shape, 0UL);
        foreach (var (role, _, _) in missing)
        {
            var shape = _gang.Roles[role].Shape;
            if (shape.WholeGpus > largest.WholeGpus)
                (largest, _members, roles) = (shape, 0, 0);
            if (shape.WholeGpus < largest.WholeGpus)
                continue;
            (_members, roles) = (_members + 1, roles | 1UL << role);
        }
        state.Preemption.Index.For(state, by, largest, out _);
        _prices = state.Preemption.Prices;
        _prices.Begin(state, by, largest, group, newcomers.Nodes?.OfRoles(roles));
    }

    /// <summary>Adds every domain that the gang may be in.</summary>
    public void Offer(List<DomainOffer> offers)
    {
        var tree = _state.Nodes.Topology;
        var occupied = CollectionsMarshal.AsSpan(_state.Gangs.Occupied);
        if (_gang.Topology != TopologyMode.None && occupied.Length > 0)
        {
            foreach (var domain in tree.NearToFar(tree.LowestCommonDomain(occupied), Highest))
            {
                if (domain != TopologyTree.Root)
                    Offer(offers, domain);
            }
        }
        else if (_gang.Topology != TopologyMode.None)
        {
            for (var domain = TopologyTree.Root + 1; domain < tree.Count; domain++)
            {
                if (tree.TierOf(domain) <= Highest)
                    Offer(offers, domain);
            }
        }
        if (_gang.Topology != TopologyMode.Hard)
            Offer(offers, TopologyTree.Root);
    }

    private int Highest => _gang.Topology == TopologyMode.Hard ? _gang.HighestTier : TopologyTree.MaxTier;

    private void Offer(List<DomainOffer> offers, int domain)
    {
        if (_prices.Of(domain, _members) is >= 0 and var estimate)
            offers.Add(new DomainOffer(domain == TopologyTree.Root, estimate, _state.Nodes.Topology.LevelOf(domain), domain, _group, _by));
    }
}
