using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>
/// Priority in points, in units fine enough for a millisecond of waiting to count: <see cref="PerPoint"/> units are a point. All
/// that wait gain the same in the same time, so two workloads of the same project never change places while they wait.
/// </summary>
internal static class Priorities
{
    /// <summary>Milliseconds in an hour: one point an hour is then one unit a millisecond.</summary>
    public const long PerPoint = 3_600_000;

    // Hours of a month; quotas are amounts at a time, use is an amount of time.
    private const long MonthMilliseconds = 730L * 3_600_000;

    /// <summary>Points that do not change while the workload waits, without the project's record.</summary>
    /// <param name="milli">Milli-GPU of the workload or of its whole gang.</param>
    public static long Base(PriorityRules rules, in WorkloadTraits traits, long milli)
    {
        long points = traits.Urgent ? rules.ForUrgency : 0;
        foreach (var row in rules.Table)
        {
            if (!Matches(row, traits))
                continue;
            points += row.Points;
            break;
        }
        var gpus = (ulong)Math.Max(1, milli / NodeTable.WholeGpu);
        return (points + (long)rules.PerSizeDoubling * BitOperations.Log2(gpus)) * PerPoint;
    }

    /// <summary>What the project's month so far adds or takes.</summary>
    public static long Record(TenancyTable tenancy, int project, long now)
    {
        var rules = tenancy.Policy.Priority;
        var earned = rules.ForUtilization * PerPoint * tenancy.Meters.UtilizationPermille(project, now) / 1000;
        var allowance = (Int128)Allowance(tenancy.RulesOf(project)) * MonthMilliseconds;
        if (allowance <= 0)
            return earned;
        var used = Int128.Min(tenancy.Meters.UsedThisMonth(project, now), allowance);
        return earned - (long)(used * rules.ForUse * PerPoint / allowance);
    }

    public static long Waiting(PriorityRules rules, long submittedAt, long now) => rules.PerWaitingHour * Math.Max(0, now - submittedAt);

    /// <summary>Milliseconds after which a waiting workload is ahead of any that comes then, whatever they are; 2^20 GPUs are the largest.</summary>
    public static long LongestOvertaking(PriorityRules rules)
    {
        var most = rules.ForUrgency + rules.ForUtilization + rules.ForUse + 20L * rules.PerSizeDoubling;
        var table = 0;
        foreach (var row in rules.Table)
            table = Math.Max(table, row.Points);
        return (most + table) * PerPoint / rules.PerWaitingHour;
    }

    private static bool Matches(PriorityRow row, in WorkloadTraits traits)
        => (row.Provisioning is null || row.Provisioning == traits.Provisioning)
        && (row.Category is null || row.Category == traits.Category)
        && (row.Purpose is null || row.Purpose == traits.Purpose);

    private static long Allowance(Project? project)
    {
        var sum = 0L;
        if (project is null)
            return 0;
        foreach (var quota in project.Quotas)
            sum += quota.Reserved + Math.Max(0, quota.OnDemand);
        return sum;
    }
}
