using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>The sections of a few numbers each: <c>spread</c>, <c>zones</c>, <c>preemption</c>, <c>reservations</c>, <c>gangs</c>.</summary>
internal static class RuleSections
{
    private const int MaxZoneGpus = 1_000_000;
    private const int MaxGpuSeconds = 1_000_000;

    public static void Read(Fields root, SchedulingPolicy policy)
    {
        var spread = root.Section("spread");
        policy.SpreadMinNodes = spread.Number("minNodes", 1, 16, 3);
        spread.End();
        var zones = root.Section("zones");
        policy.ZoneSmallGpus = zones.Number("smallGpus", 0, MaxZoneGpus, 1);
        policy.ZoneMediumGpus = zones.Number("mediumGpus", 0, MaxZoneGpus, Math.Max(8, policy.ZoneSmallGpus));
        if (policy.ZoneMediumGpus < policy.ZoneSmallGpus)
            zones.Error("mediumGpus", $"must not be below smallGpus, which is {policy.ZoneSmallGpus}");
        zones.End();
        var gangs = root.Section("gangs");
        policy.MixGroups = gangs.Flag("mixGroups", false);
        gangs.End();
        policy.Preemption = Preemption(root.Section("preemption"));
        policy.Reservations = Reservations(root.Section("reservations"));
    }

    private static PreemptionRules Preemption(Fields fields)
    {
        var perGpu = fields.Section("gpuSecondsPerGpu");
        var rules = new PreemptionRules
        {
            OverrideBudgets = fields.Flag("overrideBudgets", false),
            TrainingPerGpu = perGpu.Number("training", 0, MaxGpuSeconds, 60),
            ServingPerGpu = perGpu.Number("serving", 0, MaxGpuSeconds, 1_800),
            DataPerGpu = perGpu.Number("data", 0, MaxGpuSeconds, 60),
            InteractivePerGpu = perGpu.Number("interactive", 0, MaxGpuSeconds, 600),
            PerGang = fields.Number("gpuSecondsPerGang", 0, MaxGpuSeconds, 600),
            MinRunSeconds = Seconds(fields, "minRun", 0, Durations.Day, 0),
        };
        perGpu.End();
        fields.End();
        return rules;
    }

    private static ReservationRules Reservations(Fields fields)
    {
        var rules = new ReservationRules
        {
            DrainSeconds = Seconds(fields, "drain", 0, Durations.Day, 15 * 60 * Durations.Second),
            HorizonDays = fields.Number("horizonDays", 1, 366, 90),
            HoldAfterSeconds = Seconds(fields, "holdAfter", 0, 7 * Durations.Day, 5 * 60 * Durations.Second),
            MaxHolds = fields.Number("maxHolds", 0, 64, 1),
        };
        fields.End();
        return rules;
    }

    private static int Seconds(Fields fields, string name, long min, long max, long fallback)
    {
        var duration = fields.Duration(name, min, max, fallback);
        if (duration % Durations.Second != 0)
            fields.Error(name, "must be whole seconds");
        return (int)(duration / Durations.Second);
    }
}
