namespace Pipeline.Scheduling.Model;

/// <summary>A placed workload. Id 0: the slot is free.</summary>
/// <param name="Gpus">Bit i: GPU i of the node.</param>
/// <param name="GpuMilli">Milli-GPU on each of them; 0 without GPUs.</param>
/// <param name="Cpu">Thousandths of a core.</param>
/// <param name="Memory">MiB.</param>
/// <param name="AssumedUntil">Unix milliseconds, or 0 when the cluster has bound the workload.</param>
internal readonly record struct WorkloadRow(
    ulong Id, string Name, long AssumedUntil, int Node, int Cpu, int Memory, ushort Gpus, ushort GpuMilli);
