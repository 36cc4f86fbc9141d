using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>A table that is changed in place, and of which snapshots get copies of its pages.</summary>
internal interface IPagedTable<T>
    where T : class
{
    DirtyPages Dirty { get; }

    /// <summary>A copy of the page, or null when no row of it is in use.</summary>
    T? CopyPage(int page);
}
