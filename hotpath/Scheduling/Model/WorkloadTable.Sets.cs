namespace Pipeline.Scheduling.Model;

/// <content>The members of each gang and service.</content>
public sealed partial class WorkloadTable
{
    /// <summary>The next older member of the workload's set, or -1.</summary>
    internal int NextInSet(int slot) => _links[slot].NextInSet;

    /// <summary>The workload becomes the first member of the set that its row names.</summary>
    internal void Join(SetTable sets, int slot)
    {
        var set = sets[_rows[slot].Set];
        _links[slot].PreviousInSet = -1;
        _links[slot].NextInSet = set.First;
        if (set.First >= 0)
            _links[set.First].PreviousInSet = slot;
        sets.Change(_rows[slot].Set, set with { First = slot, Count = set.Count + 1 });
    }

    /// <summary>The workload leaves its set; the set of its last member goes with it.</summary>
    internal void Quit(SetTable sets, int slot)
    {
        var set = sets[_rows[slot].Set];
        var (previous, next) = (_links[slot].PreviousInSet, _links[slot].NextInSet);
        if (next >= 0)
            _links[next].PreviousInSet = previous;
        if (previous >= 0)
        {
            _links[previous].NextInSet = next;
            Dirty.Mark(previous);
        }
        if (set.Count == 1)
            sets.Remove(_rows[slot].Set);
        else
            sets.Change(_rows[slot].Set, set with { First = previous < 0 ? next : set.First, Count = set.Count - 1 });
    }
}
