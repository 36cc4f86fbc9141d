using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Placement;

/// <summary>Whether a workload may be placed at all, and where its project has quota left for it.</summary>
internal static class Entry
{
    /// <summary>Nothing forbids it.</summary>
    public static bool IsAllowed(ClusterState state, GroupSet groups, in WorkloadTraits traits)
        => Exist(state, groups) && state.Tenancy.Admits(traits.Project) && state.Budgets.Knows(traits.Budget) && (!traits.Urgent || MayBeUrgent(state, traits));

    /// <summary>Why a workload that is not allowed is not.</summary>
    public static Reply Refusal(ClusterState state, GroupSet groups, in WorkloadTraits traits)
    {
        var tenancy = state.Tenancy;
        return !Exist(state, groups) ? Reply.Of(Outcome.NotFound, $"Groups: there is no machine group {groups.Last}.")
            : !tenancy.Admits(traits.Project) ? Reply.Of(Outcome.NotFound, $"Project: the policy has no project {Name(tenancy, traits.Project)}.")
            : !state.Budgets.Knows(traits.Budget) ? UnknownBudget(traits.Budget)
            : Reply.Of(Outcome.Forbidden, $"Urgent: project {Name(tenancy, traits.Project)} may not ask for urgent placement.");
    }

    public static Reply UnknownBudget(int budget) => Reply.Of(Outcome.NotFound, $"Budget: there is no budget {budget}.");

    /// <summary>Those of the shape's machine groups in which the project may use as much more as the shape takes.</summary>
    public static GroupSet AdmittedGroups(ClusterState state, in Shape shape, in WorkloadTraits traits)
    {
        if (state.Tenancy.Policy.Projects.IsEmpty || shape.GpuCount == 0)
            return shape.Groups;
        var (usage, known) = (state.Tenancy.Usage, state.Nodes.Groups.Length);
        var (admitted, all) = (GroupSet.None, true);
        for (var rest = shape.Groups; !rest.IsEmpty && rest.First < known; rest = rest.Without(rest.First))
        {
            if (QuotaCheck.KindFor(usage, traits.Project, rest.First, traits.Provisioning, shape.Milli) == QuotaCheck.OverQuota)
                all = false;
            else
                admitted = admitted.With(rest.First);
        }
        return all && shape.Groups.IsAny ? GroupSet.Any : admitted;
    }

    /// <summary>An urgent request was taken: who asked for it is for the audit.</summary>
    public static void NoteUrgent(ClusterState state, ulong id, string name, in WorkloadTraits traits, string actor, EffectBuffer effects)
    {
        if (traits.Urgent)
            effects.Add(new Effect.Urgent(id, name, state.Tenancy.Projects[traits.Project], actor));
    }

    private static bool Exist(ClusterState state, GroupSet groups) => groups.IsAny || groups.Last < state.Nodes.Groups.Length;

    private static bool MayBeUrgent(ClusterState state, in WorkloadTraits traits) => state.Tenancy.RulesOf(traits.Project) is not { MayBeUrgent: false };

    private static string Name(TenancyTable tenancy, int project)
        => (uint)project < (uint)tenancy.Projects.Length ? $"'{tenancy.Projects[project]}'" : $"number {project}";
}
