using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>
/// What the machine profile that a workload names adds to what the workload asks for itself. The node goes by the workload's own amounts, so
/// of CPU, memory and a share of a GPU the larger counts, and nothing is overcommitted whichever of the two is wrong. Of whole GPUs and of
/// the machine group the cluster gives what the workload itself says: a profile that says otherwise cannot be had.
/// </summary>
internal static class ProfileClaim
{
    // A reason is read in a condition and in one line of a log.
    private const int MostNames = 16;

    /// <summary>Null: the workload names none, or one that the policy does not have.</summary>
    public static MachineProfile? ProfileOf(ClusterSnapshot snapshot, ClusterWorkload workload)
        => workload.Labels.Profile is { Length: > 0 } name ? snapshot.Policy.Profiles.FirstOrDefault(profile => profile.Name == name) : null;

    /// <summary>The workload as it counts in the model.</summary>
    public static ClusterWorkload Applied(ClusterSnapshot snapshot, ClusterWorkload workload)
        => ProfileOf(snapshot, workload) is not { } profile ? workload : workload with
        {
            CpuMilli = Math.Max(workload.CpuMilli, profile.CpuMilli),
            MemoryMib = Math.Max(workload.MemoryMib, profile.MemoryMib),
            GpuMilli = profile.GpuCount == 1 && workload.GpuCount == 1 ? Math.Max(workload.GpuMilli, profile.GpuMilli) : workload.GpuMilli,
            Group = workload.Group.Length > 0 ? workload.Group : profile.Group,
        };

    /// <summary>Why the workload cannot have the profile that it names; empty: it can, or names none.</summary>
    public static string ProblemOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        if (workload.Labels.Profile is not { Length: > 0 } name)
            return "";
        if (ProfileOf(snapshot, workload) is not { } profile)
            return $"there is no machine profile '{name}'; {KnownOf(snapshot.Policy)}";
        if (profile.GpuCount > workload.GpuCount)
            return $"machine profile '{name}' has {Gpus(profile.GpuCount)} and the workload asks its node for {Gpus(workload.GpuCount)}, of which it gets no more";
        if (profile.Group.Length > 0 && workload.Group.Length > 0 && profile.Group != workload.Group)
            return $"machine profile '{name}' is of machine group '{profile.Group}' and the workload asks for '{workload.Group}'";
        return "";
    }

    private static string KnownOf(SchedulingPolicy policy)
    {
        var names = string.Join(", ", policy.Profiles.Take(MostNames).Select(profile => $"'{profile.Name}'"));
        return policy.Profiles.Length switch
        {
            0 => "the policy has none",
            <= MostNames => $"the policy has {names}",
            var all => $"the policy has {names} and {all - MostNames} more",
        };
    }

    private static string Gpus(int count) => count == 1 ? "1 GPU" : $"{count} GPUs";
}
