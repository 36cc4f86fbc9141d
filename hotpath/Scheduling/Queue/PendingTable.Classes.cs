using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Queue;

/// <content>The classes of equal jobs.</content>
internal sealed partial class PendingTable
{
    private readonly Dictionary<string, int> _classesByKey = new(StringComparer.Ordinal);
    private readonly SlotSet _classSlots = new();
    private JobClass[] _classes = new JobClass[16];

    /// <summary>Classes that have jobs.</summary>
    public int ClassCount => _classesByKey.Count;

    /// <summary>One more than the highest class ever used.</summary>
    public int ClassEnd => _classSlots.End;

    /// <summary>A class; its key is null where there is none.</summary>
    public ref readonly JobClass ClassAt(int index) => ref _classes[index];

    public int ClassOf(int slot) => _links[slot].Class;

    /// <summary>The job that came after this one in its class, or -1.</summary>
    public int NextInClass(int slot) => _links[slot].Next;

    private void Enlist(int slot, SchedulingPolicy policy)
    {
        var job = _jobs[slot]!;
        var key = job.ClassKey();
        if (!_classesByKey.TryGetValue(key, out var index))
        {
            index = _classSlots.Take();
            if (index >= _classes.Length)
                Array.Resize(ref _classes, _classes.Length * 2);
            _classes[index] = new JobClass(key, -1, -1, 0, Priorities.Base(policy.Priority, job.Traits, job.Milli));
            _classesByKey.Add(key, index);
        }
        var mine = _classes[index];
        // A gang that is described anew keeps its turn.
        var (previous, next) = (mine.Last, -1);
        while (previous >= 0 && _jobs[previous]!.Sequence > job.Sequence)
            (previous, next) = (_links[previous].Previous, previous);
        _links[slot] = new Links { Class = index, Next = next, Previous = previous };
        if (previous >= 0)
            _links[previous].Next = slot;
        if (next >= 0)
            _links[next].Previous = slot;
        _classes[index] = mine with
        {
            First = previous < 0 ? slot : mine.First,
            Last = next < 0 ? slot : mine.Last,
            Count = mine.Count + 1,
        };
    }

    private void Delist(int slot)
    {
        var (index, next, previous) = (_links[slot].Class, _links[slot].Next, _links[slot].Previous);
        if (previous >= 0)
            _links[previous].Next = next;
        if (next >= 0)
            _links[next].Previous = previous;
        var mine = _classes[index];
        if (mine.Count == 1)
        {
            _classesByKey.Remove(mine.Key!);
            _classes[index] = default;
            _classSlots.Free(index);
            return;
        }
        _classes[index] = mine with
        {
            First = mine.First == slot ? next : mine.First,
            Last = mine.Last == slot ? previous : mine.Last,
            Count = mine.Count - 1,
        };
    }

    /// <summary>A gang that waits has members with places from now on, see <see cref="PendingJob.Grows"/>. It keeps its turn.</summary>
    public void SetGrowing(int slot, SchedulingPolicy policy)
    {
        if (_jobs[slot] is not { Grows: false } job)
            return;
        Delist(slot);
        _jobs[slot] = job with { Grows = true };
        Dirty.Mark(slot);
        Enlist(slot, policy);
    }

    /// <summary>Weighs the classes by a new policy; who is in which does not depend on it.</summary>
    public void Reweigh(SchedulingPolicy policy)
    {
        for (var index = 0; index < ClassEnd; index++)
        {
            if (_classes[index].Key != null && _jobs[_classes[index].First] is { } job)
                _classes[index] = _classes[index] with { Base = Priorities.Base(policy.Priority, job.Traits, job.Milli) };
        }
    }
}
