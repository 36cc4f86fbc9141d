using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>
/// Milli-GPU in use and allowed, by project, machine group and kind of use, and for each group how much Reserved capacity nobody
/// uses. Follows from the workloads and the policy.
/// </summary>
internal sealed class UsageTable
{
    private const int Kinds = 4;

    // Workloads on nodes without a group use of one that nobody can ask for.
    private const int Groups = NodeTable.NoGroup + 1;
    private const int Cells = Groups * Kinds;

    private static readonly long[] None = new long[Cells];

    private readonly long[] _idleReserved = new long[Groups];
    private readonly long[] _borrowed = new long[Groups];
    private long[][] _used = [];
    private long[][] _limits = [];

    /// <summary>Reserved capacity of the group that its owners leave idle and nobody borrows yet.</summary>
    public long Lendable(int group) => _idleReserved[group] - _borrowed[group];

    /// <summary>Somebody borrows of the group.</summary>
    public bool IsLent(int group) => _borrowed[group] > 0;

    public long Used(int project, int group, UsageKind kind) => _used[project][Cell(group, kind)];

    /// <summary>-1: no limit. Borrowing has none of its own.</summary>
    public long Limit(int project, int group, UsageKind kind) => _limits[project][Cell(group, kind)];

    public void Add(int project, int group, UsageKind kind, long milli)
    {
        var used = _used[project];
        if (ReferenceEquals(used, None))
            _used[project] = used = new long[Cells];
        if (kind == UsageKind.Reserved)
            _idleReserved[group] -= Idle(project, group);
        used[Cell(group, kind)] += milli;
        if (kind == UsageKind.Reserved)
            _idleReserved[group] += Idle(project, group);
        else if (kind == UsageKind.Borrowed)
            _borrowed[group] += milli;
    }

    /// <summary>Projects that have no limits and use nothing.</summary>
    public void AddProjects(int count)
    {
        _used = [.. _used, .. Enumerable.Repeat(None, count)];
        _limits = [.. _limits, .. Enumerable.Repeat(Unlimited, count)];
    }

    /// <summary>Takes over the limits of every project; what is in use stays.</summary>
    /// <param name="limits">By project, each as <see cref="LimitsOf"/> gives them.</param>
    public void SetLimits(long[][] limits)
    {
        _limits = limits;
        Array.Clear(_idleReserved);
        for (var project = 0; project < _limits.Length; project++)
        {
            for (var group = 0; group < Groups; group++)
                _idleReserved[group] += Idle(project, group);
        }
    }

    /// <summary>Raises one limit, or with a negative amount lowers it again: to see what would then be.</summary>
    /// <param name="kind">One with a limit.</param>
    public void Raise(int project, int group, UsageKind kind, long milli)
    {
        _idleReserved[group] -= Idle(project, group);
        _limits[project][Cell(group, kind)] += milli;
        _idleReserved[group] += Idle(project, group);
    }

    /// <summary>No limits, and nothing guaranteed.</summary>
    public static long[] Unlimited { get; } = [.. Enumerable.Repeat(-1L, Cells)];

    /// <param name="groups">Machine group names by index; those that do not exist yet have the limits of <see cref="Quota.AnyGroup"/>.</param>
    public static long[] LimitsOf(Project project, IReadOnlyList<string> groups)
    {
        var limits = new long[Cells];
        for (var group = 0; group < Groups; group++)
        {
            var quota = project.QuotaFor(group < groups.Count ? groups[group] : Quota.AnyGroup);
            limits[Cell(group, UsageKind.Reserved)] = quota?.Reserved ?? 0;
            limits[Cell(group, UsageKind.OnDemand)] = quota?.OnDemand ?? 0;
            limits[Cell(group, UsageKind.Borrowed)] = -1;
            limits[Cell(group, UsageKind.Spot)] = quota?.Spot ?? -1;
        }
        return limits;
    }

    private long Idle(int project, int group) => Math.Max(0, _limits[project][Cell(group, UsageKind.Reserved)] - _used[project][Cell(group, UsageKind.Reserved)]);

    private static int Cell(int group, UsageKind kind) => group * Kinds + (int)kind;
}
