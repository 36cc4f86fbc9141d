using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api;

/// <summary>Reads of the newest snapshot.</summary>
internal sealed class ClusterApi(EngineLoop loop) : IClusterApi
{
    public Task<ListNodesReply> ListNodesAsync(ListNodesRequest request, CancellationToken cancellation = default)
    {
        var snapshot = loop.Snapshot;
        var page = Paging.Take(snapshot.Nodes(), node => node.Index, request.Limit, request.Continue);
        var reply = new ListNodesReply { Continue = page.Continue, Sequence = snapshot.Sequence };
        reply.Nodes.AddRange(page.Items.Select(node => ToContract(node, snapshot.Repair)));
        return Task.FromResult(reply);
    }

    public Task<GetNodeReply> GetNodeAsync(GetNodeRequest request, CancellationToken cancellation = default)
    {
        var snapshot = loop.Snapshot;
        var reply = new GetNodeReply();
        if (snapshot.TryFindNode(request.Name, out var node))
        {
            reply.Node = ToContract(node, snapshot.Repair);
            reply.Workloads.AddRange(snapshot.WorkloadsOf(node).Select(workload => ToContract(workload, node.Name)));
        }

        return Task.FromResult(reply);
    }

    public Task<ListWorkloadsReply> ListWorkloadsAsync(ListWorkloadsRequest request, CancellationToken cancellation = default)
    {
        var snapshot = loop.Snapshot;
        var page = Paging.Take(snapshot.Workloads(), workload => workload.Slot, request.Limit, request.Continue);
        var reply = new ListWorkloadsReply { Continue = page.Continue };
        reply.Workloads.AddRange(page.Items.Select(workload => ToContract(workload, NodeName(snapshot, workload.Node))));
        return Task.FromResult(reply);
    }

    public Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation = default)
        => loop.WaitForChangeAsync(afterSequence, cancellation);

    internal static Node ToContract(NodeView node, RepairState repair)
    {
        var contract = new Node
        {
            Name = node.Name,
            Health = node.Health.ToContract(),
            BadGpuMask = node.BadGpus,
            CpuMilliFree = node.CpuFreeMilli,
            CpuMilliTotal = node.CpuTotalMilli,
            MemoryMibFree = node.MemoryFreeMib,
            MemoryMibTotal = node.MemoryTotalMib,
            WorkloadCount = node.WorkloadCount,
            Group = node.Group,
            TopologyLeaf = node.TopologyLeaf,
            CordonOwner = node.QuarantinedBy != 0 ? repair.RunByNumber(node.QuarantinedBy)?.Id ?? "" : node.ForeignCordon ? ClusterNode.Person : "",
        };
        if (node.MaxWorkloads != NodeTable.NoLimit)
            contract.MaxWorkloads = node.MaxWorkloads;
        foreach (var used in node.GpuUsedMilli)
            contract.GpuUsed.Add(used);
        return contract;
    }

    private static Workload ToContract(WorkloadView workload, string node) => new()
    {
        Id = workload.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Name = workload.Name,
        Node = node,
        GpuMask = workload.GpuMask,
        GpuMilli = workload.GpuMilli,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
        Bound = !workload.Assumed,
    };

    private static string NodeName(ClusterSnapshot snapshot, int index) => snapshot.TryGetNode(index, out var node) ? node.Name : "";
}
