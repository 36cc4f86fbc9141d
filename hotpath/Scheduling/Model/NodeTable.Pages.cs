using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Model;

/// <content>Copies for snapshots.</content>
public sealed partial class NodeTable : IPagedTable<NodePage>
{
    internal bool Exists(int node) => (uint)node < (uint)_rows.Length && _rows[node].Name != null;

    DirtyPages IPagedTable<NodePage>.Dirty => Dirty;

    /// <summary>A copy of the page, or null when it holds no node.</summary>
    NodePage? IPagedTable<NodePage>.CopyPage(int page)
    {
        var start = page * PageSize;
        var rows = 0UL;
        for (var row = 0; row < PageSize; row++)
            rows |= Exists(start + row) ? 1UL << row : 0;
        return rows == 0 ? null : new NodePage(page)
        {
            Rows = rows,
            Nodes = _rows.AsSpan(start, PageSize).ToArray(),
            Facts = _facts.AsSpan(start, PageSize).ToArray(),
            GpuUsed = _gpuUsed.AsSpan(start * MaxGpus, PageSize * MaxGpus).ToArray(),
        };
    }
}
