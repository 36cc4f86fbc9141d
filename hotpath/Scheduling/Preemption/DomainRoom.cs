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
internal ref struct DomainRoom(ClusterState state, Newcomers newcomers)
{
    /// <summary>
    /// Nodes looked at in one decision, each with all its workloads; a decision must stay one of milliseconds. Where one look at the cluster is
    /// more, that one is had.
    /// </summary>
    private const int MaxLooks = 1 << 18;

    private int _looks = Math.Max(MaxLooks, OneLook(state, newcomers.Gang));

    /// <summary>
    /// False: a plan for the domain is in vain, or too much was looked at. Each role is counted as if it were alone, and all of them by what they
    /// take together.
    /// </summary>
    public bool IsIn(in DomainOffer offer)
    {
        // Anywhere comes last: it is for a gang that all the domains before were looked at for in vain.
        if (offer.Last)
            _looks = Math.Max(_looks, OneLook(state, newcomers.Gang));
        var (cpu, memory, milli) = (0L, 0L, 0L);
        foreach (var (role, first, end) in newcomers.RunsIn(state.Gangs))
        {
            if (!IsIn(offer, state.Gangs.Missing[first].Role, end - first))
                return false;
            cpu += role.Shape.CpuMilli * (end - first);
            memory += role.Shape.MemoryMib * (end - first);
            milli += role.Shape.Milli * (end - first);
        }
        return newcomers.Gang.Roles.Length == 1 || HasInAll(offer, cpu, memory, milli);
    }

    /// <summary>The same for members of one role.</summary>
    public bool IsIn(in DomainOffer offer, int role, int members)
    {
        var (nodes, shape, mostOnNode) = (state.Nodes, newcomers.Gang.Roles[role].Shape, newcomers.Gang.Roles[role].MostOnNode(role));
        foreach (var node in nodes.NodesIn(offer.Domain))
        {
            var group = nodes.GroupIndexOf(node);
            if (!nodes.IsSchedulable(node) || !newcomers.MayUse(role, node) || !shape.Groups.Contains(group) || (offer.Group != DomainCounts.AnyGroup && shape.GpuCount > 0 && group != offer.Group))
                continue;
            if (_looks-- <= 0)
                return false;
            members -= Places(node, offer.By, shape, Math.Min(members, mostOnNode));
            if (members == 0)
                return true;
        }
        return false;
    }

    private bool HasInAll(in DomainOffer offer, long cpu, long memory, long milli)
    {
        var nodes = state.Nodes;
        Span<int> used = stackalloc int[NodeTable.MaxGpus];
        foreach (var node in nodes.NodesIn(offer.Domain))
        {
            if (!nodes.IsSchedulable(node) || !newcomers.MayUse(node))
                continue;
            if (_looks-- <= 0)
                return false;
            Clear(node, offer.By, used, out var cpuLeft, out var memoryLeft, out _);
            cpu -= Math.Max(0, cpuLeft);
            memory -= Math.Max(0, memoryLeft);
            for (var rest = nodes.HealthyGpus(node); rest != 0; rest &= rest - 1)
                milli -= Math.Max(0, NodeTable.WholeGpu - used[BitOperations.TrailingZeroCount(rest)]);
            if (cpu <= 0 && memory <= 0 && milli <= 0)
                return true;
        }
        return false;
    }

    /// <summary>All nodes for each role, and for all of them together.</summary>
    private static int OneLook(ClusterState state, GangSpec gang) => state.Nodes.Count * (gang.Roles.Length + 1);

    private readonly int Places(int node, in Preemptor by, in Shape shape, int most)
    {
        Span<int> used = stackalloc int[NodeTable.MaxGpus];
        Clear(node, by, used, out var cpu, out var memory, out var workloads);
        var places = PlaceCount.Beside(shape, workloads, cpu, memory, most);
        var (healthy, count) = (state.Nodes.HealthyGpus(node), state.Nodes.GpuCountOf(node));
        return PlaceCount.OnGpus(shape, places, PlaceCount.Free(healthy, count, used), healthy, count, used);
    }

    /// <summary>What of the node would be in use, and left, without those who may be evicted.</summary>
    private readonly void Clear(int node, in Preemptor by, Span<int> used, out long cpu, out long memory, out long workloads)
    {
        var (nodes, rules) = (state.Nodes, state.Tenancy.Policy.Preemption);
        nodes.GpusUsed(node).CopyTo(used);
        (cpu, memory, workloads) = (nodes.CpuLeft(node), nodes.MemoryLeft(node), nodes.WorkloadsLeft(node));
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            ref readonly var row = ref state.Workloads[slot];
            if ((row.Set >= 0 && row.Set == by.OwnSet) || !by.MayEvict(row, rules))
                continue;
            (cpu, memory, workloads) = (cpu + row.Cpu, memory + row.Memory, workloads + 1);
            for (uint rest = row.Gpus; rest != 0; rest &= rest - 1)
                used[BitOperations.TrailingZeroCount(rest)] -= row.GpuMilli;
        }
    }
}
