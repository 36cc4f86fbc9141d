using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>The disruption budgets, and which of them a pod is under. Not for several threads.</summary>
internal sealed class BudgetCache
{
    /// <summary>Budget of pods that nobody evicts: it allows none. No object can have such a name.</summary>
    public const string Pinned = "(pinned)";

    // The most that the engine takes; more would be no restriction.
    private const int MaxAllowed = 1_000_000;

    private readonly Dictionary<string, SortedDictionary<string, PodDisruptionBudget>> _byNamespace = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClusterBudget> _invented = new(StringComparer.Ordinal);

    /// <summary>policy/v1: an empty selector selects every pod of the namespace. In v1beta1 it selects none.</summary>
    public bool EmptySelectsAll { get; set; }

    /// <summary>Those of the cluster, and those made up so far.</summary>
    public IEnumerable<ClusterBudget> All => _byNamespace.Values.SelectMany(budgets => budgets.Values).Select(Of).Concat(_invented.Values);

    public ClusterBudget? Find(string name) => _invented.GetValueOrDefault(name)
        ?? (name.Split('/') is [var space, var own] && _byNamespace.TryGetValue(space, out var budgets) && budgets.TryGetValue(own, out var budget) ? Of(budget) : null);

    /// <returns>True when other pods than before may be under it.</returns>
    public bool Put(PodDisruptionBudget budget)
    {
        var space = budget.Metadata.Namespace ?? "";
        if (!_byNamespace.TryGetValue(space, out var budgets))
            _byNamespace.Add(space, budgets = new SortedDictionary<string, PodDisruptionBudget>(StringComparer.Ordinal));
        var changed = !budgets.TryGetValue(budget.Metadata.Name, out var known) || known.Metadata.Generation != budget.Metadata.Generation;
        budgets[budget.Metadata.Name] = budget;
        return changed;
    }

    /// <returns>Full names of the budgets that are no more: this one, and those made up for pods under it and others.</returns>
    public IReadOnlyList<string> Remove(PodDisruptionBudget budget)
    {
        var space = budget.Metadata.Namespace ?? "";
        if (_byNamespace.TryGetValue(space, out var budgets) && budgets.Remove(budget.Metadata.Name) && budgets.Count == 0)
            _byNamespace.Remove(space);
        var invented = _invented.Keys
            .Where(full => full.StartsWith($"{space}/", StringComparison.Ordinal) && full[(space.Length + 1)..].Split('+').Contains(budget.Metadata.Name)).ToList();
        foreach (var full in invented)
            _invented.Remove(full);
        return [budget.FullName.ToString(), .. invented];
    }

    /// <summary>Nobody is under it any more.</summary>
    /// <returns>True when it was made up, and so is no more.</returns>
    public bool Leave(string full) => _invented.Remove(full);

    public IReadOnlyList<string> Namespaces => [.. _byNamespace.Keys];

    public void Clear() => _byNamespace.Clear();

    /// <returns>Name of the budget, in its namespace; empty: none. One that is made up, as it is for several budgets, is among <see cref="All"/> from then on.</returns>
    public string NameFor(Pod pod, bool pinned)
    {
        if (pinned)
            return Invent(pod, Pinned);
        if (!_byNamespace.TryGetValue(pod.Metadata.Namespace ?? "", out var budgets))
            return "";
        var over = budgets.Values.Where(budget => Selects(budget, pod)).Select(budget => budget.Metadata.Name).ToList();
        return over.Count switch
        {
            0 => "",
            1 => over[0],
            // The eviction API refuses a pod under several (pkg/registry/core/pod/storage/eviction.go).
            _ => Invent(pod, string.Join('+', over)),
        };
    }

    private static ClusterBudget Of(PodDisruptionBudget budget) => new(
        $"{budget.Metadata.Namespace}/{budget.Metadata.Name}",
        // As the eviction API does: a status about an older spec allows nothing.
        budget.Status.ObservedGeneration < (budget.Metadata.Generation ?? 0) ? 0 : Math.Clamp(budget.Status.DisruptionsAllowed, 0, MaxAllowed));

    private bool Selects(PodDisruptionBudget budget, Pod pod)
    {
        if (budget.Spec.Selector is not { } selector || (selector is { MatchLabels.Count: 0, MatchExpressions.Count: 0 } && !EmptySelectsAll))
            return false;
        try
        {
            return selector.Matches(pod.Metadata.Labels);
        }
        catch (FormatException)
        {
            // The server takes no such selector.
            return false;
        }
    }

    private string Invent(Pod pod, string name)
    {
        var full = $"{pod.Metadata.Namespace}/{name}";
        _invented.TryAdd(full, new ClusterBudget(full, 0));
        return name;
    }
}
