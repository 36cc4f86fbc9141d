using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>How many of the workloads that name it may be disrupted (a Kubernetes PodDisruptionBudget).</summary>
/// <param name="Allowed">Disruptions that the cluster allowed when it was last told.</param>
/// <param name="Taken">Evictions since then of workloads that are not gone yet.</param>
public readonly record struct Budget(string Name, int Allowed, int Taken)
{
    /// <summary>Nobody new can be under it: the cluster has no such budget any more, or the index is nobody's.</summary>
    public bool IsGone => IsFree || GoneAt != 0;

    /// <summary>Unix milliseconds when the cluster said that it is no more; 0: it is there.</summary>
    internal long GoneAt { get; init; }

    /// <summary>Nobody's: the next new name gets the index.</summary>
    internal bool IsFree => string.IsNullOrEmpty(Name);
}

/// <summary>
/// The disruption budgets by index. A name keeps its index until the cluster has no such budget, nobody is under it (see
/// <see cref="BudgetForgetting"/>) and no command on its way can mean it any more.
/// </summary>
public sealed partial class BudgetTable
{
    /// <summary>Names there can be at a time; as many as a large cluster has services.</summary>
    public const int MaxBudgets = 65_536;

    /// <summary>Disruptions that a budget can allow: more than there are workloads under one.</summary>
    public const int MaxAllowed = 1_000_000;

    /// <summary>Evicted workloads under budgets that are not gone yet; when there are more, no budget allows any until some are.</summary>
    public const int MaxTaken = 65_536;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<Budget> _budgets = [];
    private readonly Dictionary<ulong, int> _taken = [];
    private readonly SlotSet _slots = new();

    /// <summary>One more than the highest index; those of forgotten budgets are among them.</summary>
    public int Count => _budgets.Count;

    /// <summary>Budgets that it takes; fewer only in tests.</summary>
    internal int Most { get; set; } = MaxBudgets;

    internal bool IsFull => _byName.Count >= Most;

    public Budget this[int budget] => _budgets[budget];

    /// <summary>Grows with every change.</summary>
    internal long Version { get; private set; }

    /// <summary>Another object whenever an index means another name, or one that is gone.</summary>
    internal object Naming { get; private set; } = new();

    public bool TryFind(string name, out int budget) => _byName.TryGetValue(name, out budget);

    /// <summary>-1, which is no budget, or one that exists.</summary>
    public bool Knows(int budget) => budget == -1 || ((uint)budget < (uint)Count && !_budgets[budget].IsFree);

    /// <summary>Disruptions that the budget still allows; not above 0: none.</summary>
    public int Left(int budget) => _taken.Count >= MaxTaken ? 0 : _budgets[budget].Allowed - _budgets[budget].Taken;

    /// <summary>The cluster has told what the budget allows now: it has counted who is gone.</summary>
    /// <returns>False when nothing changes.</returns>
    internal bool Set(string name, int allowed, out int budget)
    {
        if (!_byName.TryGetValue(name, out budget))
        {
            budget = _slots.Lowest();
            AddAt(budget, new Budget(name, allowed, 0));
            return true;
        }
        if (_budgets[budget] is { Taken: 0, GoneAt: 0 } known && known.Allowed == allowed)
            return false;
        foreach (var (workload, of) in _taken)
        {
            if (of == budget)
                _taken.Remove(workload);
        }
        if (_budgets[budget].GoneAt != 0)
        {
            Gone--;
            Naming = new object();
        }
        Change(budget, new Budget(name, allowed, 0));
        return true;
    }

    /// <summary>A workload under the budget is evicted; one that is told again to go counts once.</summary>
    internal void Take(int budget, ulong workload)
    {
        if (_taken.TryGetValue(workload, out var of) && of == budget)
            return;
        // It had come back under another one before it was gone.
        Released(workload);
        // Under a policy that overrides budgets, and with reservations, there may be more than can be remembered; those count until the budget is told anew.
        if (_taken.Count < MaxTaken)
            _taken[workload] = budget;
        Change(budget, _budgets[budget] with { Taken = _budgets[budget].Taken + 1 });
    }

    /// <summary>An evicted workload is gone: false when it was none under a budget.</summary>
    internal bool Released(ulong workload)
    {
        if (_taken.Count == 0 || !_taken.Remove(workload, out var budget))
            return false;
        Change(budget, _budgets[budget] with { Taken = _budgets[budget].Taken - 1 });
        return true;
    }

    /// <summary>The budget gets the index, which is nobody's; restored ones come in the order of theirs.</summary>
    internal void AddAt(int index, in Budget budget)
    {
        while (Count <= index)
            _budgets.Add(default(Budget) with { Name = "" });
        _slots.TakeAt(index);
        _byName.Add(budget.Name, index);
        if (budget.GoneAt != 0)
            Gone++;
        Naming = new object();
        Change(index, budget);
    }

    internal void RestoreTaken(ulong workload, int budget) => _taken.Add(workload, budget);

    internal Budget[] Copy() => [.. _budgets];

    /// <summary>Evicted workloads under budgets, by id.</summary>
    internal KeyValuePair<ulong, int>[] CopyTaken()
    {
        var taken = _taken.ToArray();
        Array.Sort(taken, static (a, b) => a.Key.CompareTo(b.Key));
        return taken;
    }

    private void Change(int budget, in Budget row)
    {
        _budgets[budget] = row;
        Version++;
    }
}
