using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// What evicting a workload costs: for each of its GPUs the work since its last checkpoint (or its start), the time until it is back
/// there, and what the policy adds for its category. In thousandths of a GPU-second, so that shares count; a year of the largest model
/// still fits 64 bits.
/// </summary>
internal static class Impact
{
    /// <summary>Thousandths in a GPU-second.</summary>
    public const long PerGpuSecond = 1_000;

    /// <summary>Milli-GPU that a workload without GPUs counts as: no GPU's work is lost with it, but it must not go for nothing.</summary>
    private const long WithoutGpus = 100;

    /// <summary>What the cost grows by in a second, in thousandths of a GPU-second: the workload's milli-GPU.</summary>
    public static long Growth(in WorkloadRow row) => row.Gpus == 0 ? WithoutGpus : row.Milli;

    /// <param name="at">Unix milliseconds of the eviction.</param>
    public static long Of(in WorkloadRow row, PreemptionRules rules, long at)
    {
        var lost = Math.Clamp((at - Math.Max(row.StartedAt, row.CheckpointAt)) / 1000, 0, WorkloadTraits.MaxSeconds);
        return Growth(row) * (lost + row.Traits.RestartSeconds + rules.PerGpu[(int)row.Traits.Category]);
    }

    /// <summary>For people, rounded up.</summary>
    public static long GpuSeconds(long cost) => (cost + PerGpuSecond - 1) / PerGpuSecond;
}
