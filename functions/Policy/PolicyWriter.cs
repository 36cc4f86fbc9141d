using Pipeline.Contracts.V1;
using Pipeline.Functions.Policy.Loading;
using Pipeline.Functions.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Functions.Policy;

/// <summary>Writes a policy as the file that <see cref="PolicyLoader"/> reads. Fields of the message that are absent are left out.</summary>
public static class PolicyWriter
{
    public static string Write(SchedulingPolicy policy)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var yaml = new Emitter(text);
        yaml.Emit(new StreamStart());
        yaml.Emit(new DocumentStart());
        Map(yaml, () =>
        {
            Map(yaml, "workspaces", policy.Projects.GroupBy(project => project.Workspace), workspace => workspace.Key, workspace =>
                Map(yaml, "projects", workspace, project => project.Name, project => WriteProject(yaml, project)));
            Map(yaml, "machineProfiles", policy.Profiles, profile => profile.Name, profile => WriteProfile(yaml, profile));
            WritePriority(yaml, policy.Priority ?? new());
            WriteRules(yaml, policy);
        });
        yaml.Emit(new DocumentEnd(isImplicit: true));
        yaml.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void WriteProject(Emitter yaml, Project project)
    {
        Field(yaml, "mayBeUrgent", project.MayBeUrgent ? "true" : "false");
        Map(yaml, "quotas", project.Quotas, quota => quota.Group, quota =>
        {
            Field(yaml, "reserved", Quotas.Text(quota.Reserved));
            Field(yaml, "onDemand", Quotas.Text(quota.OnDemand));
            Field(yaml, "spot", Quotas.Text(quota.HasSpot ? quota.Spot : Quotas.Unlimited));
        });
    }

    private static void WriteProfile(Emitter yaml, MachineProfile profile)
    {
        var milli = profile.GpuMilli == 0 ? Thousandths.One : profile.GpuMilli;
        Field(yaml, "gpus", Thousandths.Text(profile.GpuCount * milli));
        Field(yaml, "cpu", Thousandths.Text(profile.CpuMilli));
        Field(yaml, "memory", MemorySizes.Notation.Text(profile.MemoryMib));
        if (profile.Group.Length > 0)
            Field(yaml, "group", profile.Group);
    }

    private static void WritePriority(Emitter yaml, PriorityRules rules)
    {
        Section(yaml, "priority", () =>
        {
            if (rules.Table.Count > 0)
            {
                yaml.Emit(new Scalar("table"));
                yaml.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
                foreach (var row in rules.Table)
                    Map(yaml, () => WriteRow(yaml, row), MappingStyle.Flow);
                yaml.Emit(new SequenceEnd());
            }

            Number(yaml, "perSizeDoubling", rules.HasPerSizeDoubling, rules.PerSizeDoubling);
            Number(yaml, "perWaitingHour", rules.HasPerWaitingHour, rules.PerWaitingHour);
            Number(yaml, "forUse", rules.HasForUse, rules.ForUse);
            Number(yaml, "forUtilization", rules.HasForUtilization, rules.ForUtilization);
            Number(yaml, "forUrgency", rules.HasForUrgency, rules.ForUrgency);
        });
    }

    private static void WriteRow(Emitter yaml, PriorityRow row)
    {
        Word(yaml, "provisioning", Kinds.Provisionings, row.Provisioning);
        Word(yaml, "category", Kinds.Categories, row.Category);
        Word(yaml, "purpose", Kinds.Purposes, row.Purpose);
        Number(yaml, "points", true, row.Points);
    }

    private static void WriteRules(Emitter yaml, SchedulingPolicy policy)
    {
        Section(yaml, "spread", () => Number(yaml, "minNodes", policy.HasSpreadMinNodes, policy.SpreadMinNodes));
        Section(yaml, "zones", () =>
        {
            Number(yaml, "smallGpus", policy.HasZoneSmallGpus, policy.ZoneSmallGpus);
            Number(yaml, "mediumGpus", policy.HasZoneMediumGpus, policy.ZoneMediumGpus);
        });
        Section(yaml, "preemption", () =>
        {
            var rules = policy.Preemption ?? new();
            Field(yaml, "overrideBudgets", rules.OverrideBudgets ? "true" : "false");
            Section(yaml, "gpuSecondsPerGpu", () =>
            {
                Number(yaml, "training", rules.HasTrainingPerGpu, rules.TrainingPerGpu);
                Number(yaml, "serving", rules.HasServingPerGpu, rules.ServingPerGpu);
                Number(yaml, "data", rules.HasDataPerGpu, rules.DataPerGpu);
                Number(yaml, "interactive", rules.HasInteractivePerGpu, rules.InteractivePerGpu);
            });
            Number(yaml, "gpuSecondsPerGang", rules.HasPerGang, rules.PerGang);
            Seconds(yaml, "minRun", rules.HasMinRunSeconds, rules.MinRunSeconds);
        });
        Section(yaml, "reservations", () =>
        {
            var rules = policy.Reservations ?? new();
            Seconds(yaml, "drain", rules.HasDrainSeconds, rules.DrainSeconds);
            Number(yaml, "horizonDays", rules.HasHorizonDays, rules.HorizonDays);
            Seconds(yaml, "holdAfter", rules.HasHoldAfterSeconds, rules.HoldAfterSeconds);
            Number(yaml, "maxHolds", rules.HasMaxHolds, rules.MaxHolds);
        });
        Section(yaml, "gangs", () => Field(yaml, "mixGroups", policy.MixGroups ? "true" : "false"));
    }

    private static void Map<T>(Emitter yaml, string name, IEnumerable<T> items, Func<T, string> nameOf, Action<T> write)
        => Section(yaml, name, () =>
        {
            foreach (var item in items)
                Section(yaml, nameOf(item), () => write(item));
        });

    private static void Section(Emitter yaml, string name, Action write)
    {
        yaml.Emit(new Scalar(name));
        Map(yaml, write);
    }

    private static void Map(Emitter yaml, Action write, MappingStyle style = MappingStyle.Block)
    {
        yaml.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, style));
        write();
        yaml.Emit(new MappingEnd());
    }

    private static void Word<T>(Emitter yaml, string name, IReadOnlyDictionary<string, T> words, T value)
        where T : struct, Enum
    {
        foreach (var (word, meaning) in words)
        {
            if (meaning.Equals(value))
                Field(yaml, name, word);
        }
    }

    private static void Number(Emitter yaml, string name, bool given, int number)
    {
        if (given)
            Field(yaml, name, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void Seconds(Emitter yaml, string name, bool given, int seconds)
    {
        if (given)
            Field(yaml, name, Durations.Notation.Text(seconds * Durations.Second));
    }

    private static void Field(Emitter yaml, string name, string value)
    {
        yaml.Emit(new Scalar(name));
        yaml.Emit(new Scalar(value));
    }
}
