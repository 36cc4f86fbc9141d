using System.Collections.Frozen;
using System.Collections.Immutable;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>What the cluster says of workloads, in the engine's terms.</summary>
internal static class WorkloadCommands
{
    /// <summary>Who asks for the cluster's workloads: by it they are told from those of other callers in the queue.</summary>
    public const string Actor = "cluster";

    private static ProjectIndex _projects = new([""], FrozenDictionary<string, int>.Empty);
    private static BudgetIndex _budgets = new(new object(), FrozenDictionary<string, int>.Empty);

    /// <summary>Asks for a place now, and for one in the queue otherwise.</summary>
    public static PlaceCommand PlaceOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        workload = ProfileClaim.Applied(snapshot, workload);
        return new PlaceCommand
        {
            Workload = workload.Id,
            Name = workload.Name,
            GpuCount = workload.GpuCount,
            GpuMilli = workload.GpuMilli,
            CpuMilli = workload.CpuMilli,
            MemoryMib = workload.MemoryMib,
            Groups = GroupsOf(snapshot, workload),
            Traits = TraitsOf(snapshot, workload),
            Selection = SelectionOf(workload.Nodes, snapshot),
            Wait = true,
            MayPreempt = workload.Labels.MayPreempt,
            InTurn = workload.Nodes is { PreemptsInTurn: true },
            Actor = Actor,
        };
    }

    /// <summary>Asks for the whole gang. Members of the same shape that may be on the same nodes have one role.</summary>
    /// <param name="wait">Queue it when it does not fit.</param>
    public static PlaceGangCommand PlaceOf(ClusterSnapshot snapshot, ClusterGang gang, bool wait)
    {
        var (label, members, traits) = (gang.Label, gang.Members.Values, TraitsOf(snapshot, gang.Members.First().Value));
        // Named by what it asks for, since a role that stays must keep its shape. Who has a node asks for none. The fewest nodes come first: who
        // may be on any must not take what is the only one for another.
        var roles = members.Select(member => ProfileClaim.Applied(snapshot, member)).GroupBy(member => (
                Name: $"{member.GpuCount}x{member.GpuMilli}m-{member.CpuMilli}-{member.MemoryMib}-{member.Group}", Shape: ShapeOf(snapshot, member),
                Filter: member.Node.Length == 0 ? member.Nodes?.Id : null))
            .Select(role => (role.Key.Name, role.Key.Shape, Members: role.Select(member => member.Id).Order(), Filter: role.Key.Filter is null ? null : role.First().Nodes, Selection: role.Key.Filter is null ? null : SelectionOf(role.First().Nodes, snapshot)))
            .OrderBy(role => role.Selection?.Nodes?.Count ?? int.MaxValue).ToList();
        var apart = ApartOf([.. roles.Select(role => role.Filter)]);
        return new PlaceGangCommand
        {
            Gang = new GangSpec(
                gang.Id, gang.Name, traits, Math.Min(label.Min, members.Count),
                (TopologyMode)label.Topology, label.HighestTier,
                [.. roles.Select((role, index) => new GangRole(role.Name, role.Shape, [.. role.Members], 0, 0) { Apart = apart[index] })]),
            RoleSelections = roles.TrueForAll(role => role.Selection is null) ? [] : [.. roles.Select(role => role.Selection)],
            Wait = wait,
            MayPreempt = wait && members.All(member => member.Labels.MayPreempt),
            InTurn = members.Any(member => member.Node.Length == 0 && member.Nodes is { PreemptsInTurn: true }),
            Actor = Actor,
        };
    }

    /// <summary>See <see cref="GangRole.Apart"/>; those that have a node are no business of the engine, since the filters of the others know it.</summary>
    private static ulong[] ApartOf(INodeFilter?[] roles)
    {
        var apart = new ulong[roles.Length];
        for (var one = 0; one < Math.Min(roles.Length, GangSpec.MaxRoles); one++)
        {
            for (var other = 0; roles[one] is { KeepsOff.Count: > 0 } && other < Math.Min(roles.Length, GangSpec.MaxRoles); other++)
            {
                if (roles[other]?.KeptOffBy.Intersect(roles[one]!.KeepsOff).Any() != true)
                    continue;
                apart[one] |= 1UL << other;
                apart[other] |= 1UL << one;
            }
        }

        return apart;
    }

    /// <param name="id">Of the filter.</param>
    /// <param name="admitted">The nodes that it admits; null: any.</param>
    /// <param name="snapshot">Says what their indices are.</param>
    public static NodeSelection SelectionOf(ulong id, IReadOnlyCollection<string>? admitted, ClusterSnapshot snapshot)
        => new(id & NodeSelection.MaxId, admitted is null ? null : PlaceContract.CandidatesOf(admitted, snapshot));

    private static NodeSelection? SelectionOf(INodeFilter? filter, ClusterSnapshot snapshot)
        => filter is null ? null : SelectionOf(filter.Id, filter.Admitted(), snapshot);

    public static BindCommand BindOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        workload = ProfileClaim.Applied(snapshot, workload);
        return new BindCommand
        {
            Workload = workload.Id,
            Name = workload.Name,
            Node = workload.Node,
            GpuMask = workload.GpuMask,
            GpuCount = workload.GpuCount,
            GpuMilli = workload.GpuMilli,
            CpuMilli = workload.CpuMilli,
            MemoryMib = workload.MemoryMib,
            Traits = TraitsOf(snapshot, workload),
            Gang = workload.Labels.Gang is null ? 0 : ClusterGang.KeyOf(workload).Id,
        };
    }

    /// <summary>Why the engine cannot be asked for the workload as the policy and the cluster are; empty: it can.</summary>
    public static string ProblemOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        if (workload.Refusal.Length > 0)
            return workload.Refusal;
        if (ProfileClaim.ProblemOf(snapshot, workload) is { Length: > 0 } problem)
            return problem;
        var group = ProfileClaim.Applied(snapshot, workload).Group;
        return group.Length > 0 && snapshot.GroupNaming.IndexOf(group) < 0 ? $"there is no machine group '{group}'" : "";
    }

    public static string ProjectOf(ClusterWorkload workload) => workload.Labels.Project.Length > 0 ? workload.Labels.Project : workload.Namespace;

    /// <summary>0 when no policy has named the workload's project yet.</summary>
    public static int ProjectIndexOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        var known = Volatile.Read(ref _projects);
        if (known.Names != snapshot.Projects)
        {
            known = new(snapshot.Projects, snapshot.Projects.Index().Skip(1).ToFrozenDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal));
            Volatile.Write(ref _projects, known);
        }

        return known.ByName.GetValueOrDefault(ProjectOf(workload), TenancyTable.NoProject);
    }

    private static WorkloadTraits TraitsOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        var labels = workload.Labels;
        return new WorkloadTraits
        {
            Project = ProjectIndexOf(snapshot, workload),
            Provisioning = labels.Provisioning.ToEngine("provisioning"),
            Category = labels.Category.ToEngine("category"),
            Purpose = labels.Purpose.ToEngine("purpose"),
            Urgent = labels.Urgent,
            ExpectedSeconds = labels.ExpectedSeconds,
            Reservation = labels.Reservation,
            Budget = labels.Budget.Length == 0 ? WorkloadTraits.NoBudget : BudgetIndexOf(snapshot, $"{workload.Namespace}/{labels.Budget}"),
            // A workload is in one set, and a gang is stricter than a service.
            Service = labels.Service.Length == 0 || labels.Gang is not null ? 0 : StableId.Of(workload.Namespace, labels.Service),
        };
    }

    private static int BudgetIndexOf(ClusterSnapshot snapshot, string name)
    {
        var known = Volatile.Read(ref _budgets);
        if (known.Naming != snapshot.BudgetNaming)
        {
            known = new(snapshot.BudgetNaming, snapshot.Budgets.Index().Where(entry => !entry.Item.IsGone).ToFrozenDictionary(entry => entry.Item.Name, entry => entry.Index, StringComparer.Ordinal));
            Volatile.Write(ref _budgets, known);
        }

        return known.ByName.GetValueOrDefault(name, WorkloadTraits.NoBudget);
    }

    private static GroupSet GroupsOf(ClusterSnapshot snapshot, ClusterWorkload workload)
        => workload.Group.Length == 0 ? GroupSet.Any : GroupSet.OfOrAny(snapshot.GroupNaming.IndexOf(workload.Group));

    public static Shape ShapeOf(ClusterSnapshot snapshot, ClusterWorkload workload)
    {
        workload = ProfileClaim.Applied(snapshot, workload);
        return new(workload.GpuCount, workload.GpuMilli, workload.CpuMilli, workload.MemoryMib, GroupsOf(snapshot, workload));
    }

    /// <summary>Indices by name; made once for each list of names, since a listing asks for every workload.</summary>
    private sealed record ProjectIndex(ImmutableArray<string> Names, FrozenDictionary<string, int> ByName);

    /// <summary>Indices by name. What budgets allow changes often, their names seldom.</summary>
    private sealed record BudgetIndex(object Naming, FrozenDictionary<string, int> ByName);
}
