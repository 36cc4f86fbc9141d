using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable copy of <see cref="WorkloadTable.PageSize"/> neighbouring workload slots.</summary>
internal sealed class WorkloadPage(int index) : ImagePart
{
    public int Index { get; } = index;

    public override ulong Key => KeyOf(ImageTable.WorkloadPage, Index);

    public override object Identity => this;

    /// <summary>Id 0: the slot is free.</summary>
    public required WorkloadRow[] Rows { get; init; }

    /// <summary>Next workload on the same node, by row.</summary>
    public required int[] Next { get; init; }

    /// <summary>Next member of the same gang or service, by row.</summary>
    public required int[] NextInSet { get; init; }

    public override void Write(ref CommandWriter writer)
    {
        for (var row = 0; row < Rows.Length; row++)
        {
            ref readonly var workload = ref Rows[row];
            if (workload.Id == 0)
                continue;
            writer.Byte((byte)row);
            WorkloadRows.Write(ref writer, workload);
            writer.Int32(Next[row]);
            writer.Int32(NextInSet[row]);
        }
    }

    /// <summary>Puts the workloads into their slots; what they use is entered once all are there.</summary>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(ClusterState state, int index, ReadOnlySpan<byte> bytes)
    {
        var workloads = state.Workloads;
        var reader = new CommandReader(bytes);
        while (!reader.AtEnd)
        {
            var slot = index * WorkloadTable.PageSize + reader.Byte();
            var row = WorkloadRows.Read(ref reader, state, "workload page", index);
            var (next, nextInSet) = (reader.Int32(), reader.Int32());
            Damage.If((uint)slot >= SlotSet.MaxSlots || workloads.TryFind(row.Id, out _) || next < -1 || nextInSet < -1
                || row.Set < -1 || row.Set >= state.Sets.End || (row.Set >= 0 && state.Sets[row.Set].Kind == SetKind.None), "workload page", index);
            workloads.AddAt(slot, row, next, nextInSet);
        }
    }
}
