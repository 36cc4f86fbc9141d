namespace Pipeline.Scheduling.Model;

/// <summary>The placed workloads.</summary>
public sealed class WorkloadTable
{
}
