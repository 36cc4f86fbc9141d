namespace Pipeline.Scheduling.Preemption;

/// <content>Budgets that the cluster has no more, until they are forgotten.</content>
public sealed partial class BudgetTable
{
    /// <summary>Budgets that the cluster has no more and that are not forgotten.</summary>
    internal int Gone { get; private set; }

    /// <summary>The cluster has no such budget any more; who is under it still is until told otherwise.</summary>
    /// <returns>False when that is known, or the budget is not.</returns>
    internal bool Remove(string name, long now)
    {
        if (!_byName.TryGetValue(name, out var budget) || _budgets[budget].GoneAt != 0)
            return false;
        Gone++;
        Naming = new object();
        Change(budget, _budgets[budget] with { GoneAt = Math.Max(now, 1) });
        return true;
    }

    /// <summary>The index of a gone budget becomes nobody's.</summary>
    internal void Forget(int budget)
    {
        _byName.Remove(_budgets[budget].Name);
        _slots.Free(budget);
        Gone--;
        Naming = new object();
        Change(budget, default(Budget) with { Name = "" });
    }

    /// <summary>The indices below, as far as they are nobody's, are there as well.</summary>
    internal void RestoreEnd(int count)
    {
        if (count <= Count)
            return;
        _slots.TakeAt(count - 1);
        for (var index = Count; index < count; index++)
            _budgets.Add(default(Budget) with { Name = "" });
        _slots.Free(count - 1);
    }

    /// <summary>Marks the budgets against which evicted workloads count.</summary>
    internal void MarkTaken(Span<bool> used)
    {
        foreach (var budget in _taken.Values)
            used[budget] = true;
    }
}
