using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>Workload rows in a checkpoint image.</summary>
internal static class WorkloadRows
{
    public static void Write(ref CommandWriter writer, in WorkloadRow row)
    {
        writer.UInt64(row.Id);
        writer.String(row.Name);
        writer.Int64(row.AssumedUntil);
        writer.Int32(row.Node);
        writer.Int32(row.Cpu);
        writer.Int32(row.Memory);
        writer.UInt32(row.Gpus);
        writer.Int32(row.GpuMilli);
        row.Traits.Write(ref writer);
        writer.Byte((byte)row.Kind);
        writer.Int32(row.Group);
        writer.Int64(row.StartedAt);
        writer.Int64(row.CheckpointAt);
        writer.Int32(row.Set);
    }

    /// <summary>Reads a row; nodes, projects and budgets are there already.</summary>
    /// <exception cref="InvalidDataException">The row is damaged; the message names the part.</exception>
    public static WorkloadRow Read(ref CommandReader reader, ClusterState state, string part, long index)
    {
        var (id, name, assumedUntil) = (reader.UInt64(), reader.String(), reader.Int64());
        var (node, cpu, memory) = (reader.Int32(), reader.Int32(), reader.Int32());
        var (gpus, milli) = (reader.UInt32(), reader.Int32());
        var traits = WorkloadTraits.Read(ref reader);
        var (kind, group, startedAt, checkpointAt, set) = ((UsageKind)reader.Byte(), reader.Int32(), reader.Int64(), reader.Int64(), reader.Int32());
        Damage.If(
            id == 0 || !state.Nodes.Exists(node) || gpus >= 1u << NodeTable.MaxGpus || milli is < 0 or > NodeTable.WholeGpu
            || cpu < 0 || memory < 0 || Demand.Problem(traits) != null || kind > UsageKind.Reserved
            || !state.Budgets.Knows(traits.Budget) || !state.Nodes.KnowsGroup(group)
            || (uint)traits.Project >= (uint)state.Tenancy.Projects.Length, part, index);
        return new WorkloadRow(id, name, assumedUntil, node, cpu, memory, (ushort)gpus, (ushort)milli)
        {
            Traits = traits,
            Kind = kind,
            Group = group,
            StartedAt = startedAt,
            CheckpointAt = checkpointAt,
            Set = set,
        };
    }
}
