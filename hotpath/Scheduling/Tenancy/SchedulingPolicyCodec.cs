using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>Bytes of a policy, for the journal and the checkpoint. The same content gives the same bytes.</summary>
internal static class SchedulingPolicyCodec
{
    private const byte AnyKind = byte.MaxValue;

    public static void Write(ref CommandWriter writer, SchedulingPolicy policy)
    {
        writer.Int32(policy.Projects.Length);
        foreach (var project in policy.Projects)
            Write(ref writer, project);
        writer.Int32(policy.Profiles.Length);
        foreach (var profile in policy.Profiles)
            Write(ref writer, profile);
        Write(ref writer, policy.Priority);
        writer.Int32(policy.Spread.MinNodes);
        writer.Int32(policy.Zones.SmallGpus);
        writer.Int32(policy.Zones.MediumGpus);
        writer.Bool(policy.Preemption.OverrideBudgets);
        foreach (var seconds in policy.Preemption.PerGpu)
            writer.Int32(seconds);
        writer.Int32(policy.Preemption.PerGang);
        writer.Int32(policy.Preemption.MinRunSeconds);
        writer.Int32(policy.Reservations.DrainSeconds);
        writer.Int32(policy.Reservations.HorizonDays);
        writer.Int32(policy.Reservations.HoldAfterSeconds);
        writer.Int32(policy.Reservations.MaxHolds);
        writer.Bool(policy.Gangs.MixGroups);
    }

    public static SchedulingPolicy Read(ref CommandReader reader) => new()
    {
        Projects = reader.List(ReadProject),
        Profiles = reader.List(ReadProfile),
        Priority = ReadPriority(ref reader),
        Spread = new SpreadRules(reader.Int32()),
        Zones = new ZoneRules(reader.Int32(), reader.Int32()),
        Preemption = new PreemptionRules
        {
            OverrideBudgets = reader.Bool(),
            PerGpu = [reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32()],
            PerGang = reader.Int32(),
            MinRunSeconds = reader.Int32(),
        },
        Reservations = new ReservationRules(reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32()),
        Gangs = new GangRules(reader.Bool()),
    };

    private static void Write(ref CommandWriter writer, Project project)
    {
        writer.String(project.Name);
        writer.String(project.Workspace);
        writer.Bool(project.MayBeUrgent);
        writer.Int32(project.Quotas.Length);
        foreach (var quota in project.Quotas)
        {
            writer.String(quota.Group);
            writer.Int64(quota.Reserved);
            writer.Int64(quota.OnDemand);
            writer.Int64(quota.Spot);
        }
    }

    private static Project ReadProject(ref CommandReader reader) => new(
        reader.String(), reader.String(), reader.Bool(),
        reader.List((ref CommandReader r) => new Quota(r.String(), r.Int64(), r.Int64(), r.Int64())));

    private static void Write(ref CommandWriter writer, MachineProfile profile)
    {
        writer.String(profile.Name);
        writer.Int32(profile.GpuCount);
        writer.Int32(profile.GpuMilli);
        writer.Int64(profile.CpuMilli);
        writer.Int64(profile.MemoryMib);
        writer.String(profile.Group);
    }

    private static MachineProfile ReadProfile(ref CommandReader reader)
        => new(reader.String(), reader.Int32(), reader.Int32(), reader.Int64(), reader.Int64(), reader.String());

    private static void Write(ref CommandWriter writer, PriorityRules rules)
    {
        writer.Int32(rules.Table.Length);
        foreach (var row in rules.Table)
        {
            writer.Byte((byte?)row.Provisioning ?? AnyKind);
            writer.Byte((byte?)row.Category ?? AnyKind);
            writer.Byte((byte?)row.Purpose ?? AnyKind);
            writer.Int32(row.Points);
        }
        writer.Int32(rules.PerSizeDoubling);
        writer.Int32(rules.PerWaitingHour);
        writer.Int32(rules.ForUse);
        writer.Int32(rules.ForUtilization);
        writer.Int32(rules.ForUrgency);
    }

    private static PriorityRules ReadPriority(ref CommandReader reader) => new()
    {
        Table = reader.List(ReadRow),
        PerSizeDoubling = reader.Int32(),
        PerWaitingHour = reader.Int32(),
        ForUse = reader.Int32(),
        ForUtilization = reader.Int32(),
        ForUrgency = reader.Int32(),
    };

    private static PriorityRow ReadRow(ref CommandReader reader)
    {
        var (provisioning, category, purpose) = (reader.Byte(), reader.Byte(), reader.Byte());
        return new PriorityRow(
            provisioning == AnyKind ? null : (Provisioning)provisioning,
            category == AnyKind ? null : (Category)category,
            purpose == AnyKind ? null : (Purpose)purpose,
            reader.Int32());
    }
}
