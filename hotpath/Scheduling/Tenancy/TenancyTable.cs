using System.Collections.Immutable;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>The policy in force, the projects by index, and what they use.</summary>
public sealed class TenancyTable
{
    /// <summary>Index of the project that stands for none.</summary>
    public const int NoProject = 0;

    /// <summary>Names that any policy ever had keep their index, so that a journaled index always means the same.</summary>
    public const int MaxProjects = 65_536;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private Project?[] _rules = [];

    public TenancyTable() => Add([""]);

    public SchedulingPolicy Policy { get; private set; } = SchedulingPolicy.Open;

    /// <summary>Project names by index; the first is empty and stands for none.</summary>
    public ImmutableArray<string> Projects { get; private set; } = [];

    internal UsageTable Usage { get; } = new();

    internal ProjectMeters Meters { get; } = new();

    public bool TryFind(string project, out int index) => _byName.TryGetValue(project, out index);

    /// <summary>The rules of a project; null when the policy does not name it (any more).</summary>
    internal Project? RulesOf(int project) => (uint)project < (uint)_rules.Length ? _rules[project] : null;

    /// <summary>A workload of the project may be placed at all.</summary>
    internal bool Admits(int project) => (uint)project < (uint)Projects.Length && (Policy.Projects.IsEmpty || RulesOf(project) != null);

    /// <summary>Names that the policy would add to the index.</summary>
    internal int NewNamesIn(SchedulingPolicy policy) => policy.Projects.Count(project => !_byName.ContainsKey(project.Name));

    internal void SetPolicy(SchedulingPolicy policy, ImmutableArray<string> groups)
    {
        Policy = policy;
        Add([.. policy.Projects.Select(project => project.Name).Where(name => !_byName.ContainsKey(name))]);
        _rules = new Project?[Projects.Length];
        foreach (var project in policy.Projects)
            _rules[_byName[project.Name]] = project;
        SetLimits(groups);
    }

    /// <summary>A machine group has appeared: the quotas that name it begin to count.</summary>
    internal void SetLimits(ImmutableArray<string> groups)
    {
        var limits = new long[Projects.Length][];
        for (var project = 0; project < limits.Length; project++)
            limits[project] = RulesOf(project) is { } rules ? UsageTable.LimitsOf(rules, groups) : UsageTable.Unlimited;
        Usage.SetLimits(limits);
    }

    /// <summary>The names that follow in the order of the indices; none is known yet.</summary>
    internal void RestoreNames(ReadOnlySpan<string> names) => Add(names);

    /// <summary>A workload comes (or, with a negative amount, goes).</summary>
    internal void Use(int project, int group, UsageKind kind, long milli, long now)
    {
        if (milli == 0)
            return;
        Usage.Add(project, group, kind, milli);
        Meters.Change(project, milli, now);
    }

    /// <summary>A restored workload: its project's meter has counted it already.</summary>
    internal void RestoreUse(in WorkloadRow row)
    {
        if (row.Milli == 0)
            return;
        Usage.Add(row.Traits.Project, row.Group, row.Kind, row.Milli);
        Meters.RestoreUse(row.Traits.Project, row.Milli);
    }

    private void Add(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _byName.Add(name, _byName.Count);
        Projects = Projects.AddRange(names);
        Usage.AddProjects(names.Length);
        Meters.AddProjects(Projects.Length);
    }
}
