using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Says what is wrong with a command that asks for resources; null when nothing is.</summary>
internal static class Demand
{
    /// <summary>A million cores or a pebibyte in one node is a wrong unit; and sums of these fit the columns.</summary>
    public const int MaxAmount = 1_000_000_000;

    /// <summary>A Kubernetes namespace and name take 317 characters.</summary>
    public const int MaxName = 512;

    public static string? Problem(PlaceCommand command)
    {
        if (command.GpuCount is < 0 or > NodeTable.MaxGpus)
            return $"GpuCount: {command.GpuCount} is not between 0 and {NodeTable.MaxGpus}.";
        if (command.GpuCount > 0 && command.GpuMilli is < 1 or > NodeTable.WholeGpu)
            return $"GpuMilli: {command.GpuMilli} is not between 1 and {NodeTable.WholeGpu}.";
        if (command.GpuCount > 1 && command.GpuMilli != NodeTable.WholeGpu)
            return $"GpuMilli: {command.GpuMilli} with GpuCount {command.GpuCount}; only a single GPU can be shared.";
        if (command.Groups.Count > 0 && command.Groups[0] < 0)
            return $"Groups: {command.Groups[0]} is no index of a machine group.";
        return Problem(command.Workload, command.Name, command.CpuMilli, command.MemoryMib);
    }

    public static string? Problem(BindCommand command)
    {
        if (command.GpuMask >= 1u << NodeTable.MaxGpus)
            return $"GpuMask: 0x{command.GpuMask:x} names a GPU above {NodeTable.MaxGpus - 1}.";
        if (command.GpuMask != 0 && command.GpuMilli is < 1 or > NodeTable.WholeGpu)
            return $"GpuMilli: {command.GpuMilli} is not between 1 and {NodeTable.WholeGpu}.";
        return Problem(command.Workload, command.Name, command.CpuMilli, command.MemoryMib);
    }

    public static string? Problem(UpsertNodeCommand command)
    {
        if (command.Name.Length is 0 or > MaxName)
            return $"Name: {command.Name.Length} characters are not between 1 and {MaxName}.";
        if (command.GpuCount is < 0 or > NodeTable.MaxGpus)
            return $"GpuCount: {command.GpuCount} is not between 0 and {NodeTable.MaxGpus}.";
        if (command.Group.Length > MaxName)
            return $"Group: {command.Group.Length} characters are more than {MaxName}.";
        if (command.TopologyLeaf < -1)
            return $"TopologyLeaf: {command.TopologyLeaf} is neither a leaf nor -1.";
        return AmountProblem(command.CpuMilli, command.MemoryMib);
    }

    private static string? Problem(ulong workload, string name, long cpuMilli, long memoryMib)
    {
        if (workload == 0)
            return "Workload: 0 is no id.";
        if (name.Length > MaxName)
            return $"Name: {name.Length} characters are more than {MaxName}.";
        return AmountProblem(cpuMilli, memoryMib);
    }

    private static string? AmountProblem(long cpuMilli, long memoryMib)
    {
        if (cpuMilli is < 0 or > MaxAmount)
            return $"CpuMilli: {cpuMilli} is not between 0 and {MaxAmount}.";
        if (memoryMib is < 0 or > MaxAmount)
            return $"MemoryMib: {memoryMib} is not between 0 and {MaxAmount}.";
        return null;
    }
}
