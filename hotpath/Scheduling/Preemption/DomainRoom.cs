using System.Numerics;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// Whether a domain would have places for a gang if everybody left who may be evicted, by CPU, memory, shares and numbers of workloads too,
/// of which <see cref="DomainEstimate"/> knows nothing. A look costs less than a plan.
/// </summary>
internal ref struct DomainRoom(ClusterState state, GangSpec gang, int needed)
{
    /// <summary>Nodes looked at in one decision, each with all its workloads; a decision must stay one of milliseconds.</summary>
    private const int MaxLooks = 1 << 18;

    private int _looks = MaxLooks;

    /// <summary>False: a plan for the domain is in vain, or too much was looked at. Each role is counted as if it were alone.</summary>
    public bool IsIn(in DomainOffer offer)
    {
        foreach (var (role, first, end) in state.Gangs.RunsOf(gang, needed))
        {
            if (!IsIn(offer, role.Shape, end - first))
                return false;
        }
        return true;
    }

    /// <summary>The same for members of one shape.</summary>
    public bool IsIn(in DomainOffer offer, in Shape shape, int members)
    {
        var nodes = state.Nodes;
        foreach (var node in nodes.NodesIn(offer.Domain))
        {
            var group = nodes.GroupIndexOf(node);
            if (!nodes.IsSchedulable(node) || !shape.Groups.Contains(group) || (offer.Group != DomainCounts.AnyGroup && shape.GpuCount > 0 && group != offer.Group))
                continue;
            if (_looks-- <= 0)
                return false;
            members -= Places(node, offer.By, shape, members);
            if (members == 0)
                return true;
        }
        return false;
    }

    private readonly int Places(int node, in Preemptor by, in Shape shape, int most)
    {
        var (nodes, rules) = (state.Nodes, state.Tenancy.Policy.Preemption);
        Span<int> used = stackalloc int[NodeTable.MaxGpus];
        nodes.GpusUsed(node).CopyTo(used);
        var (cpu, memory, workloads) = (nodes.CpuLeft(node), nodes.MemoryLeft(node), nodes.WorkloadsLeft(node));
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            ref readonly var row = ref state.Workloads[slot];
            if ((row.Set >= 0 && row.Set == by.OwnSet) || !by.MayEvict(row, rules))
                continue;
            (cpu, memory, workloads) = (cpu + row.Cpu, memory + row.Memory, workloads + 1);
            for (uint rest = row.Gpus; rest != 0; rest &= rest - 1)
                used[BitOperations.TrailingZeroCount(rest)] -= row.GpuMilli;
        }
        var places = PlaceCount.Beside(shape, workloads, cpu, memory, most);
        var healthy = nodes.HealthyGpus(node);
        return shape.GpuCount == 0 ? places
            : Math.Min(places, shape.IsShare ? PlaceCount.Shares(healthy, used, shape.GpuMilli) : PlaceCount.Free(healthy, used) / shape.GpuCount);
    }
}
