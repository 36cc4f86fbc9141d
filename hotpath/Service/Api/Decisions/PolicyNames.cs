using System.Collections.Immutable;
using Pipeline.Contracts;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// What the names of a request stand for. An index of a project never comes to mean another, that of a budget or machine group not before a
/// command that names it is decided, so a command may be decided under a later policy than the one its names were looked up in.
/// </summary>
internal sealed class PolicyNames
{
    private readonly ImmutableArray<string> _projectNames;
    private readonly MachineGroups _groups;
    private readonly SchedulingPolicy _policy;
    private readonly Dictionary<string, int> _projects;
    private readonly Dictionary<string, MachineProfile> _profiles;
    private readonly Dictionary<string, int> _budgets;
    private readonly object _budgetNaming;

    public PolicyNames(ClusterSnapshot snapshot)
    {
        (_projectNames, _groups, _policy) = (snapshot.Projects, snapshot.GroupNaming, snapshot.Policy);
        _projects = Enumerable.Range(0, _projectNames.Length).ToDictionary(index => _projectNames[index], StringComparer.Ordinal);
        _profiles = _policy.Profiles.ToDictionary(profile => profile.Name, StringComparer.Ordinal);
        _budgetNaming = snapshot.BudgetNaming;
        _budgets = Enumerable.Range(0, snapshot.Budgets.Length).Where(index => !snapshot.Budgets[index].IsGone).ToDictionary(index => snapshot.Budgets[index].Name, StringComparer.Ordinal);
    }

    public bool AreOf(ClusterSnapshot snapshot)
        => snapshot.Projects == _projectNames && snapshot.GroupNaming == _groups && ReferenceEquals(snapshot.Policy, _policy)
        && snapshot.BudgetNaming == _budgetNaming;

    /// <summary>The index of a project; the empty name is that of the project that stands for none.</summary>
    /// <exception cref="RequestRefusedException">No policy ever named it.</exception>
    public int ProjectOf(string name, string field)
        => _projects.TryGetValue(name, out var index) ? index : throw RequestRefusedException.NotFound(field, $"there is no project {Refusals.Quote(name)}");

    /// <summary>The index of a disruption budget; -1 for the empty name, which is that of none.</summary>
    /// <exception cref="RequestRefusedException">The cluster has none of the name.</exception>
    public int BudgetOf(string name, string field)
        => name.Length == 0 ? -1
        : _budgets.TryGetValue(name, out var index) ? index
        : throw RequestRefusedException.NotFound(field, $"there is no disruption budget {Refusals.Quote(name)}");

    /// <param name="shape">Field that holds the shape.</param>
    /// <exception cref="RequestRefusedException">The policy does not name it.</exception>
    public MachineProfile ProfileOf(string name, string shape)
        => _profiles.TryGetValue(name, out var profile)
            ? profile
            : throw RequestRefusedException.NotFound($"{shape}.profile", $"the policy has no machine profile {Refusals.Quote(name)}");

    /// <summary>The index of a machine group.</summary>
    /// <exception cref="RequestRefusedException">No node was in such a group, or none has been for long.</exception>
    public int GroupOf(string name, string field)
        => _groups.IndexOf(name) is >= 0 and var index ? index : throw NoGroup(name, field);

    /// <summary>The same for a group that a shape names; the path to it is put together only when it is refused.</summary>
    /// <param name="shape">Field that holds the shape.</param>
    /// <param name="field">Field of the shape that says the group.</param>
    /// <exception cref="RequestRefusedException">No node was in such a group, or none has been for long.</exception>
    public int GroupOf(string name, string shape, string field)
        => _groups.IndexOf(name) is >= 0 and var index ? index : throw NoGroup(name, $"{shape}.{field}");

    private static RequestRefusedException NoGroup(string name, string field)
        => RequestRefusedException.NotFound(field, $"there is no machine group {Refusals.Quote(name)}");
}

/// <summary>The names of the newest snapshot, made anew only when they or the policy have changed.</summary>
internal sealed class PolicyNamesCache
{
    private volatile PolicyNames? _last;

    public PolicyNames Of(ClusterSnapshot snapshot)
    {
        if (_last is { } last && last.AreOf(snapshot))
            return last;
        var names = new PolicyNames(snapshot);
        _last = names;
        return names;
    }
}
