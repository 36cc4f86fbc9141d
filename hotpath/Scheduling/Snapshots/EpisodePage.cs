using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable copy of <see cref="EpisodeTable.PageSize"/> neighbouring slots of the episodes.</summary>
internal sealed class EpisodePage(Episode?[] rows)
{
    public IEnumerable<Episode> Episodes => rows.OfType<Episode>();
}
