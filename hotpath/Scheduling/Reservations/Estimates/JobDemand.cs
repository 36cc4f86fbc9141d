using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>Members of a job that are alike.</summary>
/// <param name="SubgroupSize">See <see cref="GangRole"/>.</param>
/// <param name="Nodes">The only nodes that will do; null: any.</param>
/// <param name="Within">The domain that they must be in, or -1: there is none.</param>
internal readonly record struct RoleDemand(
    Shape Shape, int Members, int SubgroupSize, int SubgroupTier, NodeSet? Nodes, int Within = TopologyTree.Root)
{
    /// <summary>Members that may share a node. Those of several roles may here, though they may not in the gang: an estimate may be too early.</summary>
    public int MostOnNode { get; init; } = int.MaxValue;

    /// <summary>Members that one node gets at most.</summary>
    public int MostPlaces => Math.Min(Members, MostOnNode);

    public int PlacesOn(NodeForecast node) => node.Places(Shape, MostPlaces);

    /// <summary>Not every node of the job's domain will do.</summary>
    public bool IsBound => Nodes is not null || Within != TopologyTree.Root;
}

/// <summary>What a job needs in order to start: those of its members that must, and have no place yet.</summary>
internal sealed class JobDemand
{
    public required JobKey Job { get; init; }

    public required WorkloadTraits Traits { get; init; }

    /// <summary>The largest members first.</summary>
    public required List<RoleDemand> Roles { get; init; }

    public TopologyMode Topology { get; init; }

    public int HighestTier { get; init; }

    /// <summary>Every member is on one machine group.</summary>
    public bool OneGroup { get; init; }

    /// <summary>Nobody with GPUs is bound by those without, who may be on any group that they accept.</summary>
    public bool SeveralRoles { get; init; }

    /// <summary>Machine groups that will do, within the quota.</summary>
    public GroupSet Groups { get; init; }

    /// <summary>A domain that must be part of the gang's own, or -1.</summary>
    public int Around { get; init; } = -1;

    /// <param name="smallest">Of a gang that may start with fewer than all, those members that take the least; false: the first of its description.</param>
    public static JobDemand Of(ClusterState state, PendingJob job, bool smallest = false)
    {
        if (job.Gang is { } gang)
            return OfGang(state, job, gang, smallest);
        var groups = Entry.AdmittedGroups(state, job.Shape, job.Traits);
        return new JobDemand
        {
            Job = JobKey.Of(job),
            Traits = job.Traits,
            Roles = [new RoleDemand(job.Shape with { Groups = groups }, 1, 0, 0, state.Pending.Selections.NodesOf(job))],
            Groups = groups,
        };
    }

    private static JobDemand OfGang(ClusterState state, PendingJob job, GangSpec gang, bool smallest)
    {
        var (roles, domains, group, left) = (new List<RoleDemand>(), new List<int>(), -1, gang.Needed);
        if (state.Sets.TryFind(SetKind.Gang, gang.Id, out var set))
        {
            for (var slot = state.Sets[set].First; slot >= 0; slot = state.Workloads.NextInSet(slot), left--)
            {
                domains.Add(state.Nodes.DomainOf(state.Workloads[slot].Node));
                if (state.Workloads[slot].Gpus != 0)
                    group = state.Workloads[slot].Group;
            }
        }
        left = Math.Max(1, left);
        var mix = state.Tenancy.Policy.Gangs.MixGroups;
        foreach (var index in Enumerable.Range(0, gang.Roles.Length).OrderBy(role => smallest ? gang.Roles[role].Shape.Milli : 0))
        {
            var (role, members, tied) = (gang.Roles[index], 0, new SortedDictionary<int, int>());
            for (var member = 0; member < role.Members.Length && left > 0; member++)
            {
                if (state.Workloads.TryFind(role.Members[member], out _))
                    continue;
                left--;
                if (role.SubgroupSize > 0 && Subgroups.DomainOfMates(state, role, member) is >= 0 and var mates)
                {
                    var within = state.Nodes.Topology.HighestAround(mates, role.SubgroupTier);
                    tied[within] = tied.GetValueOrDefault(within) + 1;
                    continue;
                }
                members++;
            }
            var shape = mix ? role.Shape with { Groups = Entry.AdmittedGroups(state, role.Shape, gang.Traits) } : role.Shape;
            var nodes = state.Pending.Selections.NodesOf(job, index);
            foreach (var (domain, lost) in tied)
                roles.Add(new RoleDemand(shape, lost, 0, 0, nodes, domain) { MostOnNode = role.MostOnNode(index) });
            if (members > 0)
                roles.Add(new RoleDemand(shape, members, role.SubgroupSize, role.SubgroupTier, nodes) { MostOnNode = role.MostOnNode(index) });
        }
        roles = [.. roles.OrderByDescending(r => r.Shape.GpuCount)];
        return new JobDemand
        {
            Job = new JobKey(gang.Id, IsGang: true),
            Traits = gang.Traits,
            Roles = roles,
            Topology = gang.Topology,
            HighestTier = gang.HighestTier,
            OneGroup = !mix,
            SeveralRoles = gang.Roles.Length > 1,
            Groups = mix ? MixedGroupsOf(state, gang, roles) : GroupsOf(state, gang, roles, group),
            Around = domains.Count == 0 ? -1 : state.Nodes.Topology.LowestCommonDomain([.. domains]),
        };
    }

    private static GroupSet GroupsOf(ClusterState state, GangSpec gang, List<RoleDemand> roles, int only)
    {
        var groups = GroupSet.None;
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if ((only < 0 || group == only) && roles.TrueForAll(r => r.Shape.Groups.Contains(group) || (r.Shape.GpuCount == 0 && gang.Roles.Length > 1))
                && IsPaid(state, gang, roles, group))
                groups = groups.With(group);
        }
        return groups;
    }

    private static bool IsPaid(ClusterState state, GangSpec gang, List<RoleDemand> roles, int group)
    {
        var quota = new QuotaWalk(state.Tenancy.Usage, gang.Traits.Project, group, gang.Traits.Provisioning);
        foreach (var role in roles)
        {
            if (quota.Take(role.Shape.Milli, role.Members) < role.Members)
                return false;
        }
        return true;
    }

    /// <summary>Members may be on different groups, each role on those that its shape has left here.</summary>
    private static GroupSet MixedGroupsOf(ClusterState state, GangSpec gang, List<RoleDemand> roles)
        => roles.TrueForAll(role => GangQuota.SeatsOnAny(state, gang, role.Shape, role.Members) == role.Members) ? GroupSet.Any : GroupSet.None;
}
