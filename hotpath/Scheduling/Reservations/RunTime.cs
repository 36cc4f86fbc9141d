using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Reservations;

/// <summary>When workloads end, as far as they say.</summary>
internal static class RunTime
{
    /// <summary>Nobody knows: no duration was given, or it is over and the workload still runs.</summary>
    public const long Unknown = long.MaxValue;

    /// <summary>Unix milliseconds, or <see cref="Unknown"/>.</summary>
    public static long EndOf(in WorkloadRow row, long now)
    {
        var end = row.StartedAt + DurationOf(row.Traits);
        return row.Traits.ExpectedSeconds > 0 && end > now ? end : Unknown;
    }

    /// <summary>Milliseconds; 0: not known.</summary>
    public static long DurationOf(in WorkloadTraits traits) => traits.ExpectedSeconds * 1000L;

    /// <summary>A workload that begins now says that it ends by <paramref name="limit"/>.</summary>
    public static bool EndsBy(in WorkloadTraits traits, long now, long limit)
        => limit == long.MaxValue || (traits.ExpectedSeconds > 0 && now + DurationOf(traits) <= limit);
}
