using System.Numerics;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>What a workload asks for: whole GPUs, with CPU and memory in proportion.</summary>
internal readonly record struct WorkloadShape(int GpuCount, string Group)
{
    public long CpuMilli => GpuCount * (SimulatedNode.CpuMilli / Hardware.NodeHardware.GpuCount);

    public long MemoryMib => GpuCount * (SimulatedNode.MemoryMib / Hardware.NodeHardware.GpuCount);
}

/// <param name="controller">Id of the first workload that its controller made; replacements keep it.</param>
/// <param name="kind">What its controller makes of each of its workloads.</param>
internal sealed class SimulatedWorkload(ulong id, ulong controller, WorkloadShape shape, WorkloadKind kind)
{
    private const int WholeGpu = 1000;

    public ulong Id => id;

    public ulong Controller => controller;

    public WorkloadShape Shape => shape;

    /// <summary>Null while pending.</summary>
    public SimulatedNode? Node { get; private set; }

    public uint GpuMask { get; private set; }

    /// <summary>When its grace time ends; null while nobody evicts it.</summary>
    public DateTimeOffset? TerminatesAt { get; set; }

    /// <summary>Until when its disruption budget refuses evictions; null before the first one was asked for.</summary>
    public DateTimeOffset? BlockedUntil { get; set; }

    public string Name => id == controller ? $"{kind.Team}/job-{id}" : $"{kind.Team}/job-{controller}-{id}";

    public void Bind(SimulatedNode node, uint gpuMask)
    {
        Node = node;
        GpuMask = gpuMask;
        node.Workloads.Add(this);
    }

    public bool Fits(uint gpuMask) => BitOperations.PopCount(gpuMask) == shape.GpuCount;

    public ClusterWorkload ToContract() => new(
        id, Name, Node?.Name ?? "", shape.GpuCount, WholeGpu, GpuMask, shape.CpuMilli, shape.MemoryMib, shape.Group, TerminatesAt is not null)
    {
        Labels = kind.Labels,
    };
}
