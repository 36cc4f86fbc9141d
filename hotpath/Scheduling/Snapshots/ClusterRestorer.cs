using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>Builds the model and its index from a checkpoint image.</summary>
internal static class ClusterRestorer
{
    public static ClusterState Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        var all = parts.ToList();
        var state = new ClusterState { Repair = RepairState.Restore(all) };
        if (all.Count == 0)
            return state;
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        // Pages refer to groups, workloads to nodes; where a node stands depends on the mix.
        foreach (var (_, bytes) in Of(ImageTable.MachineGroups))
            GroupsPart.Restore(nodes, bytes.Span);
        foreach (var (_, bytes) in Of(ImageTable.DemandMix))
            DemandMixPart.Restore(nodes.Mix, nodes.Groups.Length, bytes.Span);
        foreach (var (index, bytes) in Of(ImageTable.NodePage))
            NodePage.Restore(nodes, index, bytes.Span);
        foreach (var (index, bytes) in Of(ImageTable.WorkloadPage))
            WorkloadPage.Restore(workloads, nodes, index, bytes.Span);
        CheckCounts(all, nodes, workloads);
        workloads.Relink(nodes);
        return state;

        // In the order of the indices, in which nodes join the index without moving others.
        IEnumerable<(int Index, ReadOnlyMemory<byte> Bytes)> Of(ImageTable table) => all
            .Where(p => ImagePart.TableOf(p.Key) == table)
            .OrderBy(p => p.Key)
            .Select(p => ((int)ImagePart.IndexOf(p.Key), p.Value));
    }

    private static void CheckCounts(List<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts, NodeTable nodes, WorkloadTable workloads)
    {
        var written = parts.FindIndex(p => ImagePart.TableOf(p.Key) == ImageTable.Meta);
        if (written < 0)
            throw new InvalidDataException("The checkpoint image lacks the part that says how much there must be.");
        if (!parts.Exists(p => ImagePart.TableOf(p.Key) == ImageTable.DemandMix))
            throw new InvalidDataException("The checkpoint image lacks the demand mix.");
        var meta = MetaPart.Read(parts[written].Value.Span);
        if ((meta.Nodes, meta.Workloads) != (nodes.Count, workloads.Count))
        {
            throw new InvalidDataException(
                $"The checkpoint image holds {nodes.Count} of {meta.Nodes} nodes and {workloads.Count} of {meta.Workloads} workloads.");
        }
    }
}
