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

    public override void Write(ref CommandWriter writer)
    {
        for (var row = 0; row < Rows.Length; row++)
        {
            ref readonly var workload = ref Rows[row];
            if (workload.Id == 0)
                continue;
            writer.Byte((byte)row);
            writer.UInt64(workload.Id);
            writer.String(workload.Name);
            writer.Int64(workload.AssumedUntil);
            writer.Int32(workload.Node);
            writer.Int32(workload.Cpu);
            writer.Int32(workload.Memory);
            writer.UInt32(workload.Gpus);
            writer.Int32(workload.GpuMilli);
            writer.Int32(Next[row]);
        }
    }

    /// <summary>Puts the workloads into their slots; what they use is entered once all are there.</summary>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(WorkloadTable workloads, NodeTable nodes, int index, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        while (!reader.AtEnd)
        {
            var slot = index * WorkloadTable.PageSize + reader.Byte();
            var (id, name, assumedUntil) = (reader.UInt64(), reader.String(), reader.Int64());
            var (node, cpu, memory) = (reader.Int32(), reader.Int32(), reader.Int32());
            var (gpus, milli, next) = (reader.UInt32(), reader.Int32(), reader.Int32());
            Damage.If((uint)slot >= SlotSet.MaxSlots || id == 0 || workloads.TryFind(id, out _) || !nodes.Exists(node)
                || gpus >= 1u << NodeTable.MaxGpus || milli is < 0 or > NodeTable.WholeGpu || cpu < 0 || memory < 0
                || next < -1, "workload page", index);
            var row = new WorkloadRow(id, name, assumedUntil, node, cpu, memory, (ushort)gpus, (ushort)milli);
            workloads.AddAt(slot, row, next);
        }
    }
}
