using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>Who uses how much of which machine group, counted from a snapshot.</summary>
internal sealed class UsageReport
{
    private static readonly (UsageKind Kind, string Name)[] Kinds =
    [
        (UsageKind.Reserved, "reserved"), (UsageKind.OnDemand, "on-demand"), (UsageKind.Borrowed, "borrowed"), (UsageKind.Spot, "spot"),
    ];

    private readonly Dictionary<(int Project, int Group, UsageKind Kind), long> _milli = [];
    private readonly Dictionary<string, int> _projects = new(StringComparer.Ordinal);
    private readonly ClusterSnapshot _snapshot;

    public UsageReport(ClusterSnapshot snapshot)
    {
        _snapshot = snapshot;
        for (var project = 0; project < snapshot.Projects.Length; project++)
            _projects[snapshot.Projects[project]] = project;
        foreach (var workload in snapshot.Workloads())
        {
            var milli = (long)BitCount(workload.GpuMask) * workload.GpuMilli;
            if (milli > 0)
                CollectionsMarshal.GetValueRefOrAddDefault(_milli, (workload.Traits.Project, workload.Group, workload.Kind), out _) += milli;
        }
    }

    /// <summary>What the status of a project says of it, without its conditions. Null: the engine does not know the project.</summary>
    public ProjectStatus? Of(string project)
    {
        if (!_projects.TryGetValue(project, out var index))
            return null;
        var rules = _snapshot.Policy.Projects.FirstOrDefault(rules => rules.Name == project);
        var (usage, sums, guaranteed) = (new List<ProjectUsage>(), new long[Kinds.Length], 0L);
        foreach (var (group, groupName) in GroupsOf(rules))
        {
            var quota = group == NodeTable.NoGroup ? null : rules?.QuotaFor(groupName);
            guaranteed += quota?.Reserved ?? 0;
            foreach (var (kind, name) in Kinds)
            {
                var (used, limit) = (_milli.GetValueOrDefault((index, group, kind)), LimitOf(quota, kind));
                sums[(int)kind] += used;
                if (used > 0 || limit > 0)
                    usage.Add(new ProjectUsage { Group = groupName, Kind = name, Used = Amounts.Gpus(used), Quota = limit is { } most ? Amounts.Gpus(most) : null });
            }
        }

        return new ProjectStatus
        {
            Gpus = Amounts.Gpus(sums.Sum()),
            Borrowed = Amounts.Gpus(sums[(int)UsageKind.Borrowed]),
            Reserved = string.Create(CultureInfo.InvariantCulture, $"{Amounts.Gpus(sums[(int)UsageKind.Reserved])}/{Amounts.Gpus(guaranteed)}"),
            Usage = usage,
        };
    }

    /// <summary>The machine groups that there are, and those that the project has a quota of before there is a node.</summary>
    private IEnumerable<(int Index, string Name)> GroupsOf(Scheduling.Tenancy.Project? rules)
    {
        var named = rules?.Quotas.Select(quota => quota.Group).Where(group => group != Quota.AnyGroup && !_snapshot.Groups.Contains(group)) ?? [];
        return _snapshot.Groups.Index().Select(group => (group.Index, group.Item)).Append((NodeTable.NoGroup, "")).Concat(named.Select(group => (-1, group)));
    }

    private static long? LimitOf(Quota? quota, UsageKind kind) => kind switch
    {
        UsageKind.Reserved => quota?.Reserved ?? 0,
        UsageKind.OnDemand => quota?.OnDemand ?? 0,
        UsageKind.Spot => quota?.Spot ?? Amounts.Unlimited,
        _ => null,
    };

    private static int BitCount(uint mask) => System.Numerics.BitOperations.PopCount(mask);
}
