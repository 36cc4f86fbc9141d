using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Model;

/// <summary>Why placed workloads belong together.</summary>
internal enum SetKind : byte
{
    None = 0,

    /// <summary>All or nothing.</summary>
    Gang = 1,

    /// <summary>Replicas of a service, spread over nodes.</summary>
    Service = 2,
}

/// <summary>A gang or service of which at least one member is placed.</summary>
/// <param name="First">Workload slot of its newest member; the others follow in the workload table.</param>
/// <param name="Gang">What was asked for; null for a service, and for a gang that was found running.</param>
internal readonly record struct SetRow(ulong Id, SetKind Kind, int First, int Count, GangSpec? Gang);

/// <summary>Gangs and services by slot. A set is there as long as one of its members is placed.</summary>
internal sealed class SetTable : IPagedTable<SetPage>
{
    /// <summary>Sets of a snapshot page.</summary>
    public const int PageSize = 16;

    private readonly WorkloadMap _gangs = new();
    private readonly WorkloadMap _services = new();
    private readonly SlotSet _slots = new();
    private SetRow[] _rows = new SetRow[PageSize];

    public int Count => _gangs.Count + _services.Count;

    public DirtyPages Dirty { get; } = new(PageSize);

    /// <summary>Sets that changed, or whose members would lose less, since the last look for victims.</summary>
    public DirtyPages Touched { get; } = new(1);

    /// <summary>One more than the highest slot ever used.</summary>
    public int End => _slots.End;

    public ref readonly SetRow this[int slot] => ref _rows[slot];

    public bool TryFind(SetKind kind, ulong id, out int slot) => MapOf(kind).TryFind(id, out slot);

    /// <summary>The slot of the set, which is made when it is not there.</summary>
    public int Ensure(SetKind kind, ulong id, GangSpec? gang)
    {
        if (MapOf(kind).TryFind(id, out var slot))
        {
            if (gang != null && !ReferenceEquals(gang, _rows[slot].Gang))
                Change(slot, _rows[slot] with { Gang = gang });
            return slot;
        }
        slot = _slots.Take();
        Put(slot, new SetRow(id, kind, -1, 0, gang));
        return slot;
    }

    public void Change(int slot, in SetRow row)
    {
        _rows[slot] = row;
        Touched.Mark(slot);
        Dirty.Mark(slot);
    }

    public void Remove(int slot)
    {
        MapOf(_rows[slot].Kind).Remove(_rows[slot].Id);
        _rows[slot] = default;
        _slots.Free(slot);
        Dirty.Mark(slot);
    }

    /// <summary>Gives a restored set the slot that it had; its members are counted when they are linked.</summary>
    public void AddAt(int slot, in SetRow row)
    {
        _slots.TakeAt(slot);
        Put(slot, row);
    }

    /// <summary>A copy of the page, or null when it holds no set.</summary>
    public SetPage? CopyPage(int page)
    {
        var rows = _rows.AsSpan(page * PageSize, PageSize);
        foreach (ref readonly var row in rows)
        {
            if (row.Kind != SetKind.None)
                return new SetPage(page) { Rows = rows.ToArray() };
        }
        return null;
    }

    private WorkloadMap MapOf(SetKind kind) => kind == SetKind.Gang ? _gangs : _services;

    private void Put(int slot, in SetRow row)
    {
        if (slot >= _rows.Length)
            Array.Resize(ref _rows, Math.Max(_rows.Length * 2, (slot / PageSize + 1) * PageSize));
        _rows[slot] = row;
        MapOf(row.Kind).Add(row.Id, slot);
        Touched.Mark(slot);
        Dirty.Mark(slot);
    }
}
