namespace Pipeline.Scheduling.Model;

/// <summary>
/// The placed workloads, by slot. A row is kept whole rather than in columns: nothing scans the workloads, and a release touches
/// one cache line of each array. Three lists run through the slots: the workloads of each node, the members of each
/// gang or service, and the assumptions in the order of their deadlines.
/// </summary>
public sealed partial class WorkloadTable
{
    /// <summary>Workloads of a snapshot page.</summary>
    internal const int PageSize = 16;

    /// <summary>Answer of <see cref="Remove"/>: the list of the node still begins with the same workload.</summary>
    internal const int SameFirst = -2;

    private readonly WorkloadMap _byId = new();
    private readonly SlotSet _slots = new();

    private WorkloadRow[] _rows = new WorkloadRow[PageSize];
    private Links[] _links = new Links[PageSize];

    /// <summary>Workloads that have a place.</summary>
    public int Count => _byId.Count;

    internal DirtyPages Dirty { get; } = new(PageSize);

    /// <summary>Workloads that it takes; fewer only in tests, which cannot fill it.</summary>
    internal int Most { get; set; } = SlotSet.MaxSlots;

    /// <summary>One more than the highest slot ever used.</summary>
    internal int End => _slots.End;

    internal bool HasRoomFor(int workloads) => Most - Count >= workloads;

    internal ref readonly WorkloadRow this[int slot] => ref _rows[slot];

    internal bool TryFind(ulong id, out int slot) => _byId.TryFind(id, out slot);

    /// <summary>Loads what a removal touches of the workload. The answer is of no meaning.</summary>
    // A row lies across two or three cache lines.
    internal int Load(int slot) => (int)_rows[slot].Id + _rows[slot].Set + (int)_rows[slot].Traits.Reservation + _links[slot].Next;

    /// <summary>Loads what a removal touches of the workloads beside it on the node. The answer is of no meaning.</summary>
    internal int LoadNeighbours(int slot) => _links[Math.Max(_links[slot].Next, 0)].Previous + _links[Math.Max(_links[slot].Previous, 0)].Next;

    /// <summary>The next older workload on the same node, or -1.</summary>
    internal int NextOnNode(int slot) => _links[slot].Next;

    /// <summary>Adds a workload in front of the one that was first on its node (-1: none), and returns its slot.</summary>
    internal int Add(in WorkloadRow row, int firstOnNode)
    {
        var slot = _slots.Take();
        Fill(slot, row);
        _links[slot].Previous = -1;
        _links[slot].Next = firstOnNode;
        if (firstOnNode >= 0)
            _links[firstOnNode].Previous = slot;
        if (row.AssumedUntil != 0)
            Await(slot);
        return slot;
    }

    /// <summary>Removes a workload and returns the one that is now first on its node (-1: none) if that changed, else <see cref="SameFirst"/>.</summary>
    internal int Remove(int slot)
    {
        if (_rows[slot].AssumedUntil != 0)
            Settle(slot);
        var (previous, next) = (_links[slot].Previous, _links[slot].Next);
        if (next >= 0)
            _links[next].Previous = previous;
        if (previous >= 0)
        {
            _links[previous].Next = next;
            Dirty.Mark(previous);
        }
        _byId.Remove(_rows[slot].Id);
        _rows[slot] = default;
        _slots.Free(slot);
        Dirty.Mark(slot);
        return previous >= 0 ? SameFirst : next;
    }

    private void Fill(int slot, in WorkloadRow row)
    {
        if (slot >= _rows.Length)
            Grow(slot + 1);
        row.CopyTo(ref _rows[slot]);
        // What an earlier owner of the slot left would be written into checkpoints.
        _links[slot] = new Links { Next = -1, Previous = -1, NextInSet = -1, PreviousInSet = -1 };
        _byId.Add(row.Id, slot);
        Dirty.Mark(slot);
    }

    private void Grow(int rows)
    {
        var capacity = _rows.Length;
        while (capacity < rows)
            capacity *= 2;
        Array.Resize(ref _rows, capacity);
        Array.Resize(ref _links, capacity);
    }

    /// <summary>Neighbours in the lists; -1 where there is none.</summary>
    private struct Links
    {
        public int Next;
        public int Previous;
        public int Later;
        public int Earlier;
        public int NextInSet;
        public int PreviousInSet;
    }
}
