using Pipeline.Contracts;
using Pipeline.Scheduling.Tenancy;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>The scheduling policy. What a message leaves out has the engine's default; what the engine has in force is said in full.</summary>
internal static class PolicyContract
{
    private const long NoLimit = -1;

    /// <exception cref="RequestRefusedException">There is none, or it names a kind that does not exist.</exception>
    public static SchedulingPolicy ToEngine(this V1.SchedulingPolicy? policy)
    {
        if (policy is null)
            throw RequestRefusedException.InvalidArgument("policy", "must be present");
        Text.RequireAll(policy, "policy");
        var open = SchedulingPolicy.Open;
        return new SchedulingPolicy
        {
            Projects = [.. policy.Projects.Select(ToEngine).OrderBy(project => project.Name, StringComparer.Ordinal)],
            Profiles = [.. policy.Profiles.Select(ToEngine).OrderBy(profile => profile.Name, StringComparer.Ordinal)],
            Priority = policy.Priority is null ? open.Priority : RulesContract.ToEngine(policy.Priority),
            Spread = new SpreadRules(policy.HasSpreadMinNodes ? policy.SpreadMinNodes : open.Spread.MinNodes),
            Zones = new ZoneRules(
                policy.HasZoneSmallGpus ? policy.ZoneSmallGpus : open.Zones.SmallGpus,
                policy.HasZoneMediumGpus ? policy.ZoneMediumGpus : open.Zones.MediumGpus),
            Preemption = policy.Preemption is null ? open.Preemption : RulesContract.ToEngine(policy.Preemption),
            Reservations = policy.Reservations is null ? open.Reservations : RulesContract.ToEngine(policy.Reservations),
            Gangs = new GangRules(policy.MixGroups),
        };
    }

    public static V1.SchedulingPolicy ToContract(this SchedulingPolicy policy)
    {
        var message = new V1.SchedulingPolicy
        {
            Priority = RulesContract.ToContract(policy.Priority),
            SpreadMinNodes = policy.Spread.MinNodes,
            ZoneSmallGpus = policy.Zones.SmallGpus,
            ZoneMediumGpus = policy.Zones.MediumGpus,
            Preemption = RulesContract.ToContract(policy.Preemption),
            Reservations = RulesContract.ToContract(policy.Reservations),
            MixGroups = policy.Gangs.MixGroups,
        };
        message.Projects.AddRange(policy.Projects.Select(ToContract));
        message.Profiles.AddRange(policy.Profiles.Select(ToContract));
        return message;
    }

    private static Project ToEngine(V1.Project project) => new(
        project.Name, project.Workspace, project.MayBeUrgent,
        [.. project.Quotas.Select(ToEngine).OrderBy(quota => quota.Group, StringComparer.Ordinal)]);

    private static Quota ToEngine(V1.Quota quota) => new(quota.Group, quota.Reserved, quota.OnDemand, quota.HasSpot ? quota.Spot : NoLimit);

    private static MachineProfile ToEngine(V1.MachineProfile profile) => new(
        profile.Name, profile.GpuCount, ShapeContract.MilliOf(profile.GpuMilli), profile.CpuMilli, profile.MemoryMib, profile.Group);

    private static V1.Project ToContract(Project project)
    {
        var message = new V1.Project { Name = project.Name, Workspace = project.Workspace, MayBeUrgent = project.MayBeUrgent };
        foreach (var quota in project.Quotas)
            message.Quotas.Add(new V1.Quota { Group = quota.Group, Reserved = quota.Reserved, OnDemand = quota.OnDemand, Spot = quota.Spot });
        return message;
    }

    private static V1.MachineProfile ToContract(MachineProfile profile) => new()
    {
        Name = profile.Name,
        GpuCount = profile.GpuCount,
        GpuMilli = profile.GpuMilli,
        CpuMilli = profile.CpuMilli,
        MemoryMib = profile.MemoryMib,
        Group = profile.Group,
    };
}
