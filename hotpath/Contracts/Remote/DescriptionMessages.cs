using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>Workloads to be nominated between the port to the cluster and their message.</summary>
public static class DescriptionMessages
{
    public static WorkloadDescription ToDescription(this ClusterWorkload workload) => new()
    {
        Id = workload.Id,
        Name = workload.Name,
        GpuCount = workload.GpuCount,
        GpuMilli = workload.GpuMilli,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
        Group = workload.Group,
        Project = workload.Labels.Project,
        Profile = workload.Labels.Profile,
        Provisioning = workload.Labels.Provisioning,
        Category = workload.Labels.Category,
        Purpose = workload.Labels.Purpose,
        Urgent = workload.Labels.Urgent,
        ExpectedSeconds = workload.Labels.ExpectedSeconds,
        Service = workload.Labels.Service,
        Budget = workload.Labels.Budget,
        Gang = workload.Labels.Gang?.Name ?? "",
    };

    /// <remarks>Of the gang only the name: how many must start together is what the cluster's own listing says.</remarks>
    public static ClusterWorkload ToWorkload(this WorkloadDescription message) => new(
        message.Id, message.Name, "", message.GpuCount, message.GpuMilli, 0, message.CpuMilli, message.MemoryMib, message.Group, false)
    {
        Labels = new WorkloadLabels
        {
            Project = message.Project,
            Profile = message.Profile,
            Provisioning = message.Provisioning,
            Category = message.Category,
            Purpose = message.Purpose,
            Urgent = message.Urgent,
            ExpectedSeconds = message.ExpectedSeconds,
            Service = message.Service,
            Budget = message.Budget,
            Gang = message.Gang.Length == 0 ? null : new GangLabel(message.Gang),
        },
    };
}
