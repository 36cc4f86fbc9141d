using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>Builds the model and its index from a checkpoint image.</summary>
internal static class ClusterRestorer
{
    public static ClusterState Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        var all = parts.ToList();
        var state = new ClusterState { Repair = RepairState.Restore(all) };
        RepairParts.Restore(state.Episodes, all);
        if (all.Count == 0)
            return state;
        var (nodes, workloads, meta) = (state.Nodes, state.Workloads, MetaOf(all));
        // Pages refer to groups, projects and budgets, workloads to nodes and sets; where a node stands depends on the mix.
        foreach (var (_, bytes) in Of(ImageTable.MachineGroups))
            GroupsPart.Restore(nodes, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.DemandMix))
            DemandMixPart.Restore(nodes.Mix, nodes.Groups.Length, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.Tenancy))
            TenancyPart.Restore(state.Tenancy, nodes.Groups, bytes.Span);
        foreach (var (index, bytes) in Of(ImageTable.MeterPage))
            MeterPage.Restore(state.Tenancy.Meters, index, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.Topology))
            TopologyPart.Restore(nodes, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.Budgets))
            BudgetsPart.Restore(state.Budgets, bytes.Span);
        foreach (var (index, bytes) in Of(ImageTable.PendingPage))
            PendingPage.Restore(state, index, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.Selection))
            SelectionPart.Restore(state, bytes.Span);
        foreach (var (index, bytes) in Of(ImageTable.SetPage))
            SetPage.Restore(state.Sets, index, bytes.Span);
        foreach (var (index, bytes) in Of(ImageTable.NodePage))
            NodePage.Restore(nodes, index, bytes.Span, meta.HasLimits);
        foreach (var (index, bytes) in Of(ImageTable.WorkloadPage))
            WorkloadPage.Restore(state, index, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.Departures))
            DeparturesPart.Restore(state, bytes.Span);
        Check(all, meta, state);
        workloads.Relink(state);
        state.Pending.Relink(state.Tenancy.Policy);
        ReservationParts.Restore(state, all);
        return state;

        // In the order of the indices, in which nodes join the index without moving others.
        IEnumerable<(int Index, ReadOnlyMemory<byte> Bytes)> Of(ImageTable table) => all
            .Where(p => ImagePart.TableOf(p.Key) == table)
            .OrderBy(p => p.Key)
            .Select(p => ((int)ImagePart.IndexOf(p.Key), p.Value));
    }

    private static MetaPart MetaOf(List<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        var written = parts.FindIndex(p => ImagePart.TableOf(p.Key) == ImageTable.Meta);
        return written >= 0 ? MetaPart.Read(parts[written].Value.Span)
            : throw new InvalidDataException("The checkpoint image lacks the part that says how much there must be.");
    }

    private static void Check(List<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts, MetaPart meta, ClusterState state)
    {
        if (!parts.Exists(p => ImagePart.TableOf(p.Key) == ImageTable.DemandMix))
            throw new InvalidDataException("The checkpoint image lacks the demand mix.");
        state.Pending.RestoreSequence(meta.NextJob);
        if (!state.Pending.Selections.IsWhole)
            throw new InvalidDataException("The checkpoint image lacks the nodes on which jobs of the queue may be, or has some that no job asks for.");
        if (!meta.Says(state))
        {
            throw new InvalidDataException(
                $"The checkpoint image holds {state.Nodes.Count} of {meta.Nodes} nodes, {state.Workloads.Count} of {meta.Workloads} workloads, "
                + $"{state.Sets.Count} of {meta.Sets} gangs and services, and {state.Pending.Count} of {meta.Pending} jobs in the queue.");
        }
    }
}
