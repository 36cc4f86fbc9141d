using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Reservations;

/// <summary>
/// Chooses the nodes of a block: fit ones that no other reservation has in that time, in one domain where the topology says so (the
/// lowest tier first), and of those the ones on which the fewest GPUs would have to be given up at the start.
/// </summary>
internal sealed class BlockSearch
{
    private const int NoDomain = -1;

    private readonly ClusterState _state;
    private readonly ReservationRequest _request;
    private readonly List<int> _fit = [];

    public BlockSearch(ClusterState state, ReservationRequest request, int gpusPerNode)
    {
        (_state, _request) = (state, request);
        for (var node = 0; node < state.Nodes.End; node++)
        {
            if (Fitness.IsFit(state.Nodes, node, request.Group, gpusPerNode))
                _fit.Add(node);
        }
    }

    /// <summary>Nodes that could be in a block, free or not; what <see cref="Most"/> looks at.</summary>
    public int FitNodes => _fit.Count;

    private TopologyTree Tree => _state.Nodes.Topology;

    /// <summary>The largest block that there is in the time given.</summary>
    /// <param name="kept">Fit nodes that must be in it.</param>
    public int Most(long start, long end, ImmutableArray<int> kept)
    {
        var (counts, common) = (new int[Tree.Count], CommonDomain(kept));
        foreach (var node in _fit)
        {
            if (!_state.Blocks.IsFree(node, start, end, _request.Id))
                continue;
            for (var domain = _state.Nodes.DomainOf(node); domain >= 0; domain = Tree.ParentOf(domain))
                counts[domain]++;
        }
        var most = 0;
        for (var domain = 0; domain < counts.Length; domain++)
            most = MayHold(domain, common) ? Math.Max(most, counts[domain]) : most;
        return most;
    }

    /// <summary>The block's nodes, ascending; <see cref="Most"/> says that there are so many.</summary>
    /// <param name="count">More than <paramref name="kept"/> has.</param>
    public ImmutableArray<int> Choose(long start, long end, int count, ImmutableArray<int> kept, long now)
    {
        var ranked = Ranked(start, end, kept, now);
        var chosen = DomainFor(ranked, count, CommonDomain(kept));
        var nodes = ImmutableArray.CreateBuilder<int>(count);
        foreach (var (_, node) in ranked)
        {
            if (nodes.Count < count && Tree.Contains(chosen, _state.Nodes.DomainOf(node)))
                nodes.Add(node);
        }
        nodes.Sort();
        return nodes.MoveToImmutable();
    }

    private List<(long Disturbance, int Node)> Ranked(long start, long end, ImmutableArray<int> kept, long now)
    {
        var ranked = new List<(long Disturbance, int Node)>(_fit.Count);
        foreach (var node in _fit)
        {
            if (_state.Blocks.IsFree(node, start, end, _request.Id))
                ranked.Add((kept.BinarySearch(node) >= 0 ? -1 : Disturbance(node, start, now), node));
        }
        ranked.Sort();
        return ranked;
    }

    /// <summary>The domain of the lowest tier that has enough nodes; of several, the one least disturbed, then the lowest number.</summary>
    private int DomainFor(List<(long Disturbance, int Node)> ranked, int count, int common)
    {
        var (counts, disturbances) = (new int[Tree.Count], new long[Tree.Count]);
        foreach (var (disturbance, node) in ranked)
        {
            for (var domain = _state.Nodes.DomainOf(node); domain >= 0; domain = Tree.ParentOf(domain))
            {
                if (counts[domain] == count)
                    continue;
                counts[domain]++;
                disturbances[domain] += disturbance;
            }
        }
        var best = TopologyTree.Root;
        var least = (Tier: int.MaxValue, Disturbance: long.MaxValue);
        for (var domain = 0; domain < counts.Length; domain++)
        {
            var rank = (Tree.TierOf(domain), disturbances[domain]);
            if (counts[domain] == count && MayHold(domain, common) && rank.CompareTo(least) < 0)
                (best, least) = (domain, rank);
        }
        return best;
    }

    private bool MayHold(int domain, int common) => (common == NoDomain || Tree.Contains(domain, common)) && _request.Topology switch
    {
        TopologyMode.None => domain == TopologyTree.Root,
        TopologyMode.Soft => true,
        _ => domain != TopologyTree.Root && Tree.TierOf(domain) <= _request.HighestTier,
    };

    private int CommonDomain(ImmutableArray<int> kept)
    {
        if (kept.IsEmpty)
            return NoDomain;
        var domains = new int[kept.Length];
        for (var i = 0; i < domains.Length; i++)
            domains[i] = _state.Nodes.DomainOf(kept[i]);
        return Tree.LowestCommonDomain(domains);
    }

    /// <summary>Milli-GPU that would have to be given up, and one more for each workload; nodes that wait with a job count as full.</summary>
    private long Disturbance(int node, long start, long now)
    {
        var sum = 0L;
        foreach (ref readonly var block in _state.Blocks.Of(node))
            sum += block.IsReservation ? 0 : NodeTable.MaxGpus * NodeTable.WholeGpu;
        for (var slot = _state.Nodes.FirstWorkload(node); slot >= 0; slot = _state.Workloads.NextOnNode(slot))
            sum += RunTime.EndOf(_state.Workloads[slot], now) <= start ? 0 : _state.Workloads[slot].Milli + 1;
        return sum;
    }
}
