using System.Numerics;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Whether a known id is asked for the same thing again. A repeat is answered with what is so; whoever asks for something else under
/// the id must not take the answer for its own.
/// </summary>
internal static class Repeats
{
    public static bool Match(in WorkloadRow row, in Shape shape, in WorkloadTraits traits)
        => Match(row.Traits, traits) && BitOperations.PopCount(row.Gpus) == shape.GpuCount
        && (shape.GpuCount == 0 || row.GpuMilli == shape.GpuMilli)
        && row.Cpu == shape.CpuMilli && row.Memory == shape.MemoryMib && shape.Groups.Contains(row.Group);

    public static bool Match(PendingJob job, in Shape shape, in WorkloadTraits traits)
        => Match(job.Traits, traits) && job.Shape == shape;

    /// <summary>Roles may come, go and grow; one that stays keeps its shape.</summary>
    public static bool Match(GangSpec known, GangSpec gang)
    {
        foreach (var role in gang.Roles)
        {
            foreach (var before in known.Roles)
            {
                if (before.Name == role.Name && before.Shape != role.Shape)
                    return false;
            }
        }
        return known.Traits.Project == gang.Traits.Project;
    }

    /// <summary>
    /// What a workload is accounted as, whom it may evict and how it is ranked; the rest may become known better while it waits.
    /// </summary>
    private static bool Match(in WorkloadTraits known, in WorkloadTraits traits)
        => known.Project == traits.Project && known.Provisioning == traits.Provisioning && known.Category == traits.Category
        && known.Purpose == traits.Purpose && known.Urgent == traits.Urgent && known.Reservation == traits.Reservation;

    public static Reply Refusal(string field, ulong id)
        => Reply.Of(Outcome.AlreadyExists, $"{field}: {id} is known with another shape, project or kind of use; release it first, or choose another id.");
}
