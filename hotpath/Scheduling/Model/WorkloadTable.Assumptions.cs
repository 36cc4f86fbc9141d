using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Model;

/// <content>
/// Assumptions in the order of their deadlines: a list for those that last <see cref="Placer.AssumptionLife"/> and one for those
/// that last <see cref="Placer.LongAssumptionLife"/>. Time never runs backwards and all of a list last equally long, so the newest goes to the end.
/// </content>
public sealed partial class WorkloadTable
{
    private readonly int[] _firstAssumed = [-1, -1];
    private readonly int[] _lastAssumed = [-1, -1];

    /// <summary>The assumption that ends first, or -1.</summary>
    internal int FirstAssumed
    {
        get
        {
            var (assumed, nominated) = (_firstAssumed[0], _firstAssumed[1]);
            return nominated < 0 || (assumed >= 0 && _rows[assumed].AssumedUntil <= _rows[nominated].AssumedUntil) ? assumed : nominated;
        }
    }

    /// <summary>The cluster has bound the workload: the assumption no longer ends.</summary>
    internal void Confirm(int slot)
    {
        Settle(slot);
        _rows[slot].AssumedUntil = 0;
        Dirty.Mark(slot);
    }

    /// <summary>The assumption ends at another time, <see cref="Placer.LongAssumptionLife"/> from now.</summary>
    internal void AssumeUntil(int slot, long until)
    {
        Settle(slot);
        _rows[slot].AssumedUntil = until;
        Await(slot);
        Dirty.Mark(slot);
    }

    /// <summary>Its GPUs are accounted as something else.</summary>
    internal void CountAs(int slot, UsageKind kind)
    {
        _rows[slot].Kind = kind;
        Dirty.Mark(slot);
    }

    /// <summary>The workload has saved its work.</summary>
    internal void Checkpointed(int slot, long at)
    {
        _rows[slot].CheckpointAt = at;
        Dirty.Mark(slot);
    }

    // Follows from the row, so that a restored assumption is in the same list as before.
    private static int ListOf(in WorkloadRow row) => row.AssumedUntil - row.StartedAt > Placer.AssumptionLife ? 1 : 0;

    private void Await(int slot)
    {
        var list = ListOf(_rows[slot]);
        var last = _lastAssumed[list];
        _links[slot].Later = -1;
        _links[slot].Earlier = last;
        if (last >= 0)
            _links[last].Later = slot;
        else
            _firstAssumed[list] = slot;
        _lastAssumed[list] = slot;
    }

    private void Settle(int slot)
    {
        var list = ListOf(_rows[slot]);
        var (earlier, later) = (_links[slot].Earlier, _links[slot].Later);
        if (earlier >= 0)
            _links[earlier].Later = later;
        else
            _firstAssumed[list] = later;
        if (later >= 0)
            _links[later].Earlier = earlier;
        else
            _lastAssumed[list] = earlier;
    }
}
