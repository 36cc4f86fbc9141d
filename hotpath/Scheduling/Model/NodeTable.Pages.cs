using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Model;

/// <content>Copies for snapshots.</content>
public sealed partial class NodeTable
{
    internal bool Exists(int node) => (uint)node < (uint)_names.Length && _names[node] != null;

    /// <summary>A copy of the page, or null when it holds no node.</summary>
    internal NodePage? CopyPage(int page)
    {
        var start = page * PageSize;
        var (shapes, rows) = (new NodeShape[PageSize], 0UL);
        for (var row = 0; row < PageSize; row++)
        {
            if (!Exists(start + row))
                continue;
            rows |= 1UL << row;
            shapes[row] = ShapeOf(start + row);
        }
        return rows == 0 ? null : new NodePage(page)
        {
            Rows = rows,
            Shapes = shapes,
            Names = _names.AsSpan(start, PageSize).ToArray(),
            Health = _health.AsSpan(start, PageSize).ToArray(),
            QuarantinedBy = _quarantinedBy.AsSpan(start, PageSize).ToArray(),
            BadGpus = _badGpus.AsSpan(start, PageSize).ToArray(),
            CpuUsed = _cpuUsed.AsSpan(start, PageSize).ToArray(),
            MemoryUsed = _memoryUsed.AsSpan(start, PageSize).ToArray(),
            WorkloadCount = _workloadCount.AsSpan(start, PageSize).ToArray(),
            GpuUsed = _gpuUsed.AsSpan(start * MaxGpus, PageSize * MaxGpus).ToArray(),
            FirstWorkload = _firstWorkload.AsSpan(start, PageSize).ToArray(),
        };
    }
}
