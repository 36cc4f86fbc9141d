using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Model;

/// <content>Copies for snapshots, and the way back.</content>
public sealed partial class WorkloadTable : IPagedTable<WorkloadPage>
{
    DirtyPages IPagedTable<WorkloadPage>.Dirty => Dirty;

    /// <summary>A copy of the page, or null when it holds no workload.</summary>
    WorkloadPage? IPagedTable<WorkloadPage>.CopyPage(int page)
    {
        var start = page * PageSize;
        var (next, inSet, used) = (new int[PageSize], new int[PageSize], false);
        for (var row = 0; row < PageSize; row++)
        {
            next[row] = _links[start + row].Next;
            inSet[row] = _links[start + row].NextInSet;
            used |= _rows[start + row].Id != 0;
        }
        return used ? new WorkloadPage(page) { Rows = _rows.AsSpan(start, PageSize).ToArray(), Next = next, NextInSet = inSet } : null;
    }

    /// <summary>Gives a restored workload the slot that it had; <see cref="Relink"/> follows when all are there.</summary>
    internal void AddAt(int slot, in WorkloadRow row, int next, int nextInSet)
    {
        _slots.TakeAt(slot);
        Fill(slot, row);
        _links[slot].Next = next;
        _links[slot].NextInSet = nextInSet;
    }

    /// <summary>Rebuilds the lists and enters what the workloads use of nodes and quotas.</summary>
    /// <exception cref="InvalidDataException">The lists do not hold every workload exactly once.</exception>
    internal void Relink(ClusterState state)
    {
        var nodes = state.Nodes;
        var linked = 0;
        for (var node = 0; node < nodes.End; node++)
        {
            if (nodes.Exists(node))
                linked += RelinkNode(nodes, node, Count - linked);
        }
        Damage.If(linked != Count, "list of workloads by node", linked);
        foreach (var slot in AssumedInOrder())
            Await(slot);
        RelinkSets(state.Sets);
        for (var slot = 0; slot < End; slot++)
        {
            if (_rows[slot].Id != 0)
                state.Tenancy.RestoreUse(_rows[slot]);
        }
    }

    private int RelinkNode(NodeTable nodes, int node, int most)
    {
        var linked = 0;
        var previous = -1;
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = _links[slot].Next)
        {
            Damage.If(slot >= End || _rows[slot].Id == 0 || _rows[slot].Node != node || linked++ == most, "list of workloads on node", node);
            _links[slot].Previous = previous;
            previous = slot;
            nodes.Take(_rows[slot]);
        }
        return linked;
    }

    private void RelinkSets(SetTable sets)
    {
        var linked = 0;
        for (var set = 0; set < sets.End; set++)
        {
            if (sets[set].Kind != SetKind.None)
                linked += RelinkSet(sets, set, Count - linked);
        }
        var members = 0;
        for (var slot = 0; slot < End; slot++)
            members += _rows[slot].Id != 0 && _rows[slot].Set >= 0 ? 1 : 0;
        Damage.If(linked != members, "list of gang and service members", linked);
    }

    private int RelinkSet(SetTable sets, int set, int most)
    {
        var (linked, previous) = (0, -1);
        for (var slot = sets[set].First; slot >= 0; slot = _links[slot].NextInSet)
        {
            Damage.If(slot >= End || _rows[slot].Id == 0 || _rows[slot].Set != set || linked++ == most, "members of gang or service", set);
            _links[slot].PreviousInSet = previous;
            previous = slot;
        }
        Damage.If(linked == 0, "members of gang or service", set);
        sets.Change(set, sets[set] with { Count = linked });
        return linked;
    }

    // Within one deadline any order will do: they end in the same sweep.
    private int[] AssumedInOrder() => Enumerable.Range(0, End)
        .Where(slot => _rows[slot].AssumedUntil != 0)
        .OrderBy(slot => _rows[slot].AssumedUntil)
        .ToArray();
}
