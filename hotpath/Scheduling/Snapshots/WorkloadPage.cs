using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;

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
            writer.UInt64(workload.Id);
            writer.String(workload.Name);
            writer.Int64(workload.AssumedUntil);
            writer.Int32(workload.Node);
            writer.Int32(workload.Cpu);
            writer.Int32(workload.Memory);
            writer.UInt32(workload.Gpus);
            writer.Int32(workload.GpuMilli);
            writer.Int32(Next[row]);
            workload.Traits.Write(ref writer);
            writer.Byte((byte)workload.Kind);
            writer.Int32(workload.Group);
            writer.Int64(workload.StartedAt);
            writer.Int64(workload.CheckpointAt);
            writer.Int32(workload.Set);
            writer.Int32(workload.Role);
            writer.Int32(NextInSet[row]);
        }
    }

    /// <summary>Puts the workloads into their slots; what they use is entered once all are there.</summary>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(ClusterState state, int index, ReadOnlySpan<byte> bytes)
    {
        var (workloads, nodes) = (state.Workloads, state.Nodes);
        var reader = new CommandReader(bytes);
        while (!reader.AtEnd)
        {
            var slot = index * WorkloadTable.PageSize + reader.Byte();
            var (id, name, assumedUntil) = (reader.UInt64(), reader.String(), reader.Int64());
            var (node, cpu, memory) = (reader.Int32(), reader.Int32(), reader.Int32());
            var (gpus, milli, next) = (reader.UInt32(), reader.Int32(), reader.Int32());
            var traits = WorkloadTraits.Read(ref reader);
            var (kind, group, startedAt, checkpointAt) = ((UsageKind)reader.Byte(), reader.Int32(), reader.Int64(), reader.Int64());
            var (set, role, nextInSet) = (reader.Int32(), reader.Int32(), reader.Int32());
            Damage.If((uint)slot >= SlotSet.MaxSlots || id == 0 || workloads.TryFind(id, out _) || !nodes.Exists(node)
                || gpus >= 1u << NodeTable.MaxGpus || milli is < 0 or > NodeTable.WholeGpu || cpu < 0 || memory < 0
                || next < -1 || nextInSet < -1 || Demand.Problem(traits) != null || kind > UsageKind.Reserved
                || !state.Budgets.Knows(traits.Budget) || (uint)group >= (uint)nodes.Groups.Length
                || (uint)traits.Project >= (uint)state.Tenancy.Projects.Length
                || set < -1 || set >= state.Sets.End || (set >= 0 && state.Sets[set].Kind == SetKind.None), "workload page", index);
            var row = new WorkloadRow(id, name, assumedUntil, node, cpu, memory, (ushort)gpus, (ushort)milli)
            {
                Traits = traits,
                Kind = kind,
                Group = group,
                StartedAt = startedAt,
                CheckpointAt = checkpointAt,
                Set = set,
                Role = role,
            };
            workloads.AddAt(slot, row, next, nextInSet);
        }
    }
}
