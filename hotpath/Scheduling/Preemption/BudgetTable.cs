namespace Pipeline.Scheduling.Preemption;

/// <summary>How many of the workloads that name it may be disrupted (a Kubernetes PodDisruptionBudget).</summary>
/// <param name="Allowed">Disruptions that the cluster allowed when it was last told.</param>
/// <param name="Taken">Evictions since then of workloads that are not gone yet.</param>
public readonly record struct Budget(string Name, int Allowed, int Taken);

/// <summary>The disruption budgets by index. A name keeps its index, so that a journaled index always means the same.</summary>
public sealed class BudgetTable
{
    /// <summary>Names there can ever be; as many as a large cluster has services.</summary>
    public const int MaxBudgets = 65_536;

    /// <summary>Disruptions that a budget can allow: more than there are workloads under one.</summary>
    public const int MaxAllowed = 1_000_000;

    /// <summary>Evicted workloads under budgets that are not gone yet; when there are more, no budget allows any until some are.</summary>
    public const int MaxTaken = 65_536;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<Budget> _budgets = [];
    private readonly Dictionary<ulong, int> _taken = [];

    public int Count => _budgets.Count;

    public Budget this[int budget] => _budgets[budget];

    /// <summary>Grows with every change.</summary>
    internal long Version { get; private set; }

    public bool TryFind(string name, out int budget) => _byName.TryGetValue(name, out budget);

    /// <summary>-1, which is no budget, or one that exists.</summary>
    public bool Knows(int budget) => budget == -1 || (uint)budget < (uint)Count;

    /// <summary>Disruptions that the budget still allows; not above 0: none.</summary>
    public int Left(int budget) => _taken.Count >= MaxTaken ? 0 : _budgets[budget].Allowed - _budgets[budget].Taken;

    /// <summary>The cluster has told what the budget allows now: it has counted who is gone.</summary>
    /// <returns>False when nothing changes.</returns>
    internal bool Set(string name, int allowed, out int budget)
    {
        if (!_byName.TryGetValue(name, out budget))
        {
            Add(new Budget(name, allowed, 0));
            budget = Count - 1;
            return true;
        }
        if (_budgets[budget] is { Taken: 0 } known && known.Allowed == allowed)
            return false;
        foreach (var (workload, of) in _taken)
        {
            if (of == budget)
                _taken.Remove(workload);
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

    /// <summary>The next budget in the order of the indices.</summary>
    internal void Add(in Budget budget)
    {
        _byName.Add(budget.Name, Count);
        _budgets.Add(budget);
        Version++;
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
