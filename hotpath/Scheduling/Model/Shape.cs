using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Model;

/// <summary>Resources that a workload asks of one node.</summary>
/// <param name="GpuCount">Whole GPUs, or 1 with <paramref name="GpuMilli"/> below 1000 for a share, or 0. Range 0 to 16.</param>
/// <param name="GpuMilli">Milli-GPU on each of the GPUs, 1 to 1000; 1000 when <paramref name="GpuCount"/> is above 1.</param>
/// <param name="CpuMilli">Thousandths of a core.</param>
/// <param name="MemoryMib">MiB.</param>
/// <param name="Groups">Machine groups that will do.</param>
public readonly record struct Shape(int GpuCount, int GpuMilli, long CpuMilli, long MemoryMib, GroupSet Groups)
{
    /// <summary>Milli-GPU in all.</summary>
    public long Milli => (long)GpuCount * GpuMilli;

    /// <summary>A share of one GPU.</summary>
    public bool IsShare => GpuCount == 1 && GpuMilli < NodeTable.WholeGpu;

    /// <summary>Whole GPUs that it must have: none for a share, which may find its place beside another one.</summary>
    public int WholeGpus => IsShare ? 0 : GpuCount;

    internal void Write(ref CommandWriter writer)
    {
        writer.Int32(GpuCount);
        writer.Int32(GpuMilli);
        writer.Int64(CpuMilli);
        writer.Int64(MemoryMib);
        writer.UInt64(Groups.Bits);
    }

    internal static Shape Read(ref CommandReader reader)
        => new(reader.Int32(), reader.Int32(), reader.Int64(), reader.Int64(), new GroupSet(reader.UInt64()));
}
