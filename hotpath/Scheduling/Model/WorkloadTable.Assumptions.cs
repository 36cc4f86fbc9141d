namespace Pipeline.Scheduling.Model;

/// <content>
/// Assumptions in the order of their deadlines. Time never runs backwards and all assumptions last equally long, so the newest
/// goes to the end; the list can hold no more than there are workloads.
/// </content>
public sealed partial class WorkloadTable
{
    private int _firstAssumed = -1;
    private int _lastAssumed = -1;

    /// <summary>The assumption that ends first, or -1.</summary>
    internal int FirstAssumed => _firstAssumed;

    /// <summary>The cluster has bound the workload: the assumption no longer ends.</summary>
    internal void Confirm(int slot)
    {
        Settle(slot);
        _rows[slot] = _rows[slot] with { AssumedUntil = 0 };
        Dirty.Mark(slot);
    }

    /// <summary>The workload has saved its work.</summary>
    internal void Checkpointed(int slot, long at)
    {
        _rows[slot] = _rows[slot] with { CheckpointAt = at };
        Dirty.Mark(slot);
    }

    private void Await(int slot)
    {
        _links[slot].Later = -1;
        _links[slot].Earlier = _lastAssumed;
        if (_lastAssumed >= 0)
            _links[_lastAssumed].Later = slot;
        else
            _firstAssumed = slot;
        _lastAssumed = slot;
    }

    private void Settle(int slot)
    {
        var (earlier, later) = (_links[slot].Earlier, _links[slot].Later);
        if (earlier >= 0)
            _links[earlier].Later = later;
        else
            _firstAssumed = later;
        if (later >= 0)
            _links[later].Earlier = earlier;
        else
            _lastAssumed = earlier;
    }
}
