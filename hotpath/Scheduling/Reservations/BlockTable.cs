using System.Runtime.InteropServices;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Reservations;

/// <summary>
/// The blocks of every node that has any, by start. Such a node is out of the placement index. Follows from the
/// <see cref="ReservationBook"/>.
/// </summary>
internal sealed class BlockTable
{
    private readonly List<int> _nodes = [];
    private readonly List<int> _lent = [];
    private Block[]?[] _ofNode = [];

    /// <summary>Nodes that have blocks, ascending.</summary>
    public ReadOnlySpan<int> Nodes => CollectionsMarshal.AsSpan(_nodes);

    public ReadOnlySpan<Block> Of(int node) => node < _ofNode.Length ? _ofNode[node] : [];

    public void Add(NodeTable nodes, int node, in Block block)
    {
        if (node >= _ofNode.Length)
            Array.Resize(ref _ofNode, Math.Max(node + 1, _ofNode.Length * 2));
        var blocks = _ofNode[node];
        if (blocks is null)
        {
            _nodes.Insert(~_nodes.BinarySearch(node), node);
            nodes.SetBlocked(node, true);
        }
        var at = 0;
        while (blocks != null && at < blocks.Length && blocks[at].Start <= block.Start)
            at++;
        _ofNode[node] = [.. blocks.AsSpan(0, at), block, .. blocks.AsSpan(at)];
    }

    public void Remove(NodeTable nodes, int node, in Block block)
    {
        var blocks = _ofNode[node]!;
        if (blocks.Length > 1)
        {
            var at = Array.IndexOf(blocks, block);
            _ofNode[node] = [.. blocks.AsSpan(0, at), .. blocks.AsSpan(at + 1)];
            return;
        }
        _ofNode[node] = null;
        _nodes.RemoveAt(_nodes.BinarySearch(node));
        nodes.SetBlocked(node, false);
    }

    /// <summary>
    /// Whether a workload may begin on a node that has blocks: in its own reservation once that has begun, and where it ends before the
    /// next block of others begins. This depends on the time alone, not on whether the sweep has noticed it.
    /// </summary>
    /// <param name="job">The workload, or its gang.</param>
    public bool MayUse(int node, in WorkloadTraits traits, JobKey job, long now)
    {
        var limit = long.MaxValue;
        foreach (ref readonly var block in Of(node))
        {
            if (block.End <= now || block.IsHoldOf(job))
                continue;
            if (block.IsReservation && block.Start <= now)
                return block.Owner == traits.Reservation && block.Project == traits.Project;
            limit = Math.Min(limit, block.Start);
        }
        return RunTime.EndsBy(traits, now, limit);
    }

    /// <summary>No reservation but <paramref name="except"/> has the node in that time.</summary>
    public bool IsFree(int node, long start, long end, ulong except)
    {
        foreach (ref readonly var block in Of(node))
        {
            if (block.IsReservation && block.Owner != except && block.Overlaps(start, end))
                return false;
        }
        return true;
    }

    /// <summary>Puts the nodes that a gang may use into the placement index, until <see cref="TakeBack"/>: its members then find them as they find others.</summary>
    public void Lend(NodeTable nodes, in WorkloadTraits traits, JobKey job, long now)
    {
        foreach (var node in _nodes)
        {
            if (!MayUse(node, traits, job, now))
                continue;
            nodes.SetBlocked(node, false);
            _lent.Add(node);
        }
    }

    public void TakeBack(NodeTable nodes)
    {
        foreach (var node in _lent)
            nodes.SetBlocked(node, true);
        _lent.Clear();
    }
}
