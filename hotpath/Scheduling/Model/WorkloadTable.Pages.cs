using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Model;

/// <content>Copies for snapshots, and the way back.</content>
public sealed partial class WorkloadTable
{
    /// <summary>A copy of the page, or null when it holds no workload.</summary>
    internal WorkloadPage? CopyPage(int page)
    {
        var start = page * PageSize;
        if (!_ids.AsSpan(start, PageSize).ContainsAnyExcept(0UL))
            return null;
        var rows = new WorkloadRow[PageSize];
        for (var row = 0; row < PageSize; row++)
        {
            if (_ids[start + row] != 0)
                rows[row] = RowOf(start + row);
        }
        return new WorkloadPage(page) { Rows = rows, Next = _next.AsSpan(start, PageSize).ToArray() };
    }

    /// <summary>Gives a restored workload the slot that it had; <see cref="Relink"/> follows when all are there.</summary>
    internal void AddAt(int slot, in WorkloadRow row, int next)
    {
        _slots.TakeAt(slot);
        Fill(slot, row);
        _next[slot] = next;
        _previous[slot] = -1;
    }

    /// <summary>Rebuilds the lists and enters what the workloads use.</summary>
    /// <exception cref="InvalidDataException">The lists do not hold every workload exactly once.</exception>
    internal void Relink(NodeTable nodes)
    {
        var linked = 0;
        for (var node = 0; node < nodes.End; node++)
        {
            if (nodes.Exists(node))
                linked += RelinkNode(nodes, node, Count - linked);
        }
        Damage.If(linked != Count, "list of workloads by node", linked);
        foreach (var slot in AssumedInOrder())
            Await(slot);
    }

    private int RelinkNode(NodeTable nodes, int node, int most)
    {
        var linked = 0;
        var previous = -1;
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = _next[slot])
        {
            Damage.If(slot >= End || _ids[slot] == 0 || _node[slot] != node || linked++ == most, "list of workloads on node", node);
            _previous[slot] = previous;
            previous = slot;
            nodes.Take(node, _gpus[slot], _gpuMilli[slot], _cpu[slot], _memory[slot]);
        }
        return linked;
    }

    // Within one deadline any order will do: they end in the same sweep.
    private int[] AssumedInOrder() => Enumerable.Range(0, End)
        .Where(slot => _ids[slot] != 0 && _assumedUntil[slot] != 0)
        .OrderBy(slot => _assumedUntil[slot])
        .ToArray();
}
