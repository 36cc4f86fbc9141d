using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable copy of <see cref="PendingTable.PageSize"/> neighbouring slots of the queue.</summary>
internal sealed class PendingPage(int index, PendingJob?[] jobs) : ImagePart
{
    public override ulong Key => KeyOf(ImageTable.PendingPage, index);

    public override object Identity => this;

    /// <summary>Null: the slot is free.</summary>
    public PendingJob? JobAt(int row) => jobs[row];

    public override void Write(ref CommandWriter writer)
    {
        for (var row = 0; row < jobs.Length; row++)
        {
            if (jobs[row] is not { } job)
                continue;
            writer.Byte((byte)row);
            job.Write(ref writer);
        }
    }

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(ClusterState state, int index, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        while (!reader.AtEnd)
        {
            var slot = index * PendingTable.PageSize + reader.Byte();
            var job = PendingJob.Read(ref reader);
            Damage.If((uint)slot >= SlotSet.MaxSlots || job.Id == 0 || Demand.Problem(job.Shape) != null || Demand.Problem(job.Traits) != null
                || (job.Selections.Length != 1 && job.Selections.Length != job.Gang?.Roles.Length)
                || !state.Budgets.Knows(job.Traits.Budget) || (uint)job.Traits.Project >= (uint)state.Tenancy.Projects.Length
                || (job.Gang is null ? state.Pending.TryFindWorkload(job.Id, out _) : state.Pending.TryFindGang(job.Id, out _)), "queue page", index);
            state.Pending.AddAt(slot, job);
        }
    }
}
