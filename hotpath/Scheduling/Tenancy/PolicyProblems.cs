using System.Collections.Immutable;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>Says what is wrong with a scheduling policy, by the name of the field; null when nothing is.</summary>
public static class PolicyProblems
{
    /// <summary>Projects, and profiles, that a policy may name.</summary>
    public const int MaxNames = 16_384;

    /// <summary>A Kubernetes name.</summary>
    public const int MaxNameLength = 253;

    /// <summary>As many milli-GPU as the largest model has, and more: sums of them fit 64 bits.</summary>
    public const long MaxQuota = 1L << 40;

    private const int MaxRows = 256;

    public static string? Of(SchedulingPolicy policy)
        => OfProjects(policy.Projects)
        ?? OfProfiles(policy.Profiles)
        ?? OfPriority(policy.Priority)
        ?? Range("spread.minNodes", policy.Spread.MinNodes, 1, 16)
        ?? Range("zones.smallGpus", policy.Zones.SmallGpus, 0, 1_000_000)
        ?? Range("zones.mediumGpus", policy.Zones.MediumGpus, policy.Zones.SmallGpus, 1_000_000)
        ?? OfPreemption(policy.Preemption)
        ?? Range("reservations.drainSeconds", policy.Reservations.DrainSeconds, 0, 86_400)
        ?? Range("reservations.horizonDays", policy.Reservations.HorizonDays, 1, 366)
        ?? Range("reservations.holdAfterSeconds", policy.Reservations.HoldAfterSeconds, 0, 604_800)
        ?? Range("reservations.maxHolds", policy.Reservations.MaxHolds, 0, 64);

    private static string? OfProjects(ImmutableArray<Project> projects)
    {
        if (projects.Length > MaxNames)
            return $"projects: {projects.Length} are more than {MaxNames}.";
        for (var i = 0; i < projects.Length; i++)
        {
            var project = projects[i];
            var field = $"projects[{project.Name}]";
            if (Name($"projects[{i}].name", project.Name) is { } problem)
                return problem;
            if (i > 0 && string.CompareOrdinal(projects[i - 1].Name, project.Name) >= 0)
                return $"{field}: named twice, or not in the order of names.";
            if (Name($"{field}.workspace", project.Workspace) is { } workspace)
                return workspace;
            if (OfQuotas(field, project.Quotas) is { } quotas)
                return quotas;
        }
        return null;
    }

    private static string? OfQuotas(string project, ImmutableArray<Quota> quotas)
    {
        if (quotas.Length > NodeTable.MaxGroups + 1)
            return $"{project}.quotas: {quotas.Length} are more than {NodeTable.MaxGroups + 1}.";
        for (var i = 0; i < quotas.Length; i++)
        {
            var quota = quotas[i];
            var field = $"{project}.quotas[{quota.Group}]";
            if (Name($"{project}.quotas[{i}].group", quota.Group) is { } problem)
                return problem;
            if (i > 0 && string.CompareOrdinal(quotas[i - 1].Group, quota.Group) >= 0)
                return $"{field}: named twice, or not in the order of names.";
            if (Range($"{field}.reserved", quota.Reserved, 0, MaxQuota) is { } reserved)
                return reserved;
            if (Range($"{field}.onDemand", quota.OnDemand, -1, MaxQuota) is { } onDemand)
                return onDemand;
            if (Range($"{field}.spot", quota.Spot, -1, MaxQuota) is { } spot)
                return spot;
        }
        return null;
    }

    private static string? OfProfiles(ImmutableArray<MachineProfile> profiles)
    {
        if (profiles.Length > MaxNames)
            return $"profiles: {profiles.Length} are more than {MaxNames}.";
        for (var i = 0; i < profiles.Length; i++)
        {
            var profile = profiles[i];
            if (Name($"profiles[{i}].name", profile.Name) is { } problem)
                return problem;
            if (i > 0 && string.CompareOrdinal(profiles[i - 1].Name, profile.Name) >= 0)
                return $"profiles[{profile.Name}]: named twice, or not in the order of names.";
            if (Demand.Problem(profile) is { } demand)
                return $"profiles[{profile.Name}].{demand}";
        }
        return null;
    }

    private static string? OfPriority(PriorityRules rules)
    {
        if (rules.Table.Length > MaxRows)
            return $"priority.table: {rules.Table.Length} rows are more than {MaxRows}.";
        for (var i = 0; i < rules.Table.Length; i++)
        {
            var row = rules.Table[i];
            if (row.Provisioning > Provisioning.Reserved || row.Category > Category.Interactive || row.Purpose > Purpose.Test)
                return $"priority.table[{i}]: names a kind that does not exist.";
            if (Range($"priority.table[{i}].points", row.Points, 0, 10_000) is { } problem)
                return problem;
        }
        return Range("priority.perSizeDoubling", rules.PerSizeDoubling, 0, 1_000)
            ?? Range("priority.perWaitingHour", rules.PerWaitingHour, 1, 10_000)
            ?? Range("priority.forUse", rules.ForUse, 0, 10_000)
            ?? Range("priority.forUtilization", rules.ForUtilization, 0, 10_000)
            ?? Range("priority.forUrgency", rules.ForUrgency, 0, 100_000);
    }

    private static string? OfPreemption(PreemptionRules rules)
    {
        if (rules.PerGpu.Length != 4)
            return $"preemption.perGpu: {rules.PerGpu.Length} values where each of the 4 categories needs one.";
        for (var category = 0; category < rules.PerGpu.Length; category++)
        {
            if (Range($"preemption.perGpu[{(Category)category}]", rules.PerGpu[category], 0, 1_000_000) is { } problem)
                return problem;
        }
        return Range("preemption.perGang", rules.PerGang, 0, 1_000_000)
            ?? Range("preemption.minRunSeconds", rules.MinRunSeconds, 0, 86_400);
    }

    private static string? Name(string field, string name)
        => name.Length is > 0 and <= MaxNameLength ? null : $"{field}: {name.Length} characters are not between 1 and {MaxNameLength}.";

    private static string? Range(string field, long value, long least, long most)
        => value >= least && value <= most ? null : $"{field}: {value} is not between {least} and {most}.";
}
