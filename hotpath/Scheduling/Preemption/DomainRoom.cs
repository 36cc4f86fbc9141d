using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// Whether a domain would have places for a gang if everybody left who may be evicted, by CPU, memory, shares and numbers of workloads too,
/// of which <see cref="DomainEstimate"/> knows nothing. A look costs less than a plan, and one at the column less than one at the workloads of
/// each node, which alone shows protected starts.
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
    public bool IsIn(in DomainOffer offer, int role, int members) => MayBeIn(offer, role, members) && HasPlaces(offer, role, members);

    private readonly bool MayBeIn(in DomainOffer offer, int role, int members)
    {
        var (shape, mostOnNode) = (newcomers.Gang.Roles[role].Shape, newcomers.Gang.Roles[role].MostOnNode(role));
        var column = state.Preemption.Index.KnownRoom(offer.By);
        foreach (var node in state.Nodes.NodesIn(offer.Domain))
        {
            if (column[node].PlacesFor(shape, Math.Min(members, mostOnNode)) is > 0 and var places && MayUse(offer, role, node) && (members -= places) <= 0)
                return true;
        }
        return false;
    }

    private bool HasPlaces(in DomainOffer offer, int role, int members)
    {
        var (shape, mostOnNode) = (newcomers.Gang.Roles[role].Shape, newcomers.Gang.Roles[role].MostOnNode(role));
        foreach (var node in state.Nodes.NodesIn(offer.Domain))
        {
            if (!MayUse(offer, role, node))
                continue;
            if (_looks-- <= 0)
                return false;
            members -= Places(node, offer.By, shape, Math.Min(members, mostOnNode));
            if (members == 0)
                return true;
        }
        return false;
    }

    private readonly bool MayUse(in DomainOffer offer, int role, int node)
        => state.Nodes.IsSchedulable(node) && newcomers.MayUse(role, state.Nodes, node, offer.Group);

    // By the column alone: protected starts are seen for each role already.
    private readonly bool HasInAll(in DomainOffer offer, long cpu, long memory, long milli)
    {
        var column = state.Preemption.Index.KnownRoom(offer.By);
        foreach (var node in state.Nodes.NodesIn(offer.Domain))
        {
            if (!state.Nodes.IsSchedulable(node) || !newcomers.MayUse(node))
                continue;
            ref readonly var left = ref column[node];
            (cpu, memory, milli) = (cpu - left.Cpu, memory - left.Memory, milli - left.Milli);
            if (cpu <= 0 && memory <= 0 && milli <= 0)
                return true;
        }
        return false;
    }

    /// <summary>All nodes for each role.</summary>
    private static int OneLook(ClusterState state, GangSpec gang) => state.Nodes.Count * gang.Roles.Length;

    private readonly int Places(int node, in Preemptor by, in Shape shape, int most)
    {
        Span<int> used = stackalloc int[NodeTable.MaxGpus];
        NodeLeft.Clear(state, node, by, used, out var cpu, out var memory, out var workloads);
        var places = PlaceCount.Beside(shape, workloads, cpu, memory, most);
        var (healthy, count) = (state.Nodes.HealthyGpus(node), state.Nodes.GpuCountOf(node));
        return PlaceCount.OnGpus(shape, places, PlaceCount.Free(healthy, count, used), healthy, count, used);
    }
}
