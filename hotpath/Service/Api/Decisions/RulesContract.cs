using Pipeline.Contracts;
using Pipeline.Scheduling.Tenancy;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>The parts of the scheduling policy that are numbers.</summary>
internal static class RulesContract
{
    /// <exception cref="RequestRefusedException">A row names a kind that does not exist.</exception>
    public static PriorityRules ToEngine(V1.PriorityRules rules)
    {
        var open = new PriorityRules();
        return new PriorityRules
        {
            Table = rules.Table.Count == 0 ? open.Table : [.. rules.Table.Select(ToEngine)],
            PerSizeDoubling = rules.HasPerSizeDoubling ? rules.PerSizeDoubling : open.PerSizeDoubling,
            PerWaitingHour = rules.HasPerWaitingHour ? rules.PerWaitingHour : open.PerWaitingHour,
            ForUse = rules.HasForUse ? rules.ForUse : open.ForUse,
            ForUtilization = rules.HasForUtilization ? rules.ForUtilization : open.ForUtilization,
            ForUrgency = rules.HasForUrgency ? rules.ForUrgency : open.ForUrgency,
        };
    }

    public static PreemptionRules ToEngine(V1.PreemptionRules rules)
    {
        var open = new PreemptionRules();
        return new PreemptionRules
        {
            OverrideBudgets = rules.OverrideBudgets,
            PerGpu =
            [
                rules.HasTrainingPerGpu ? rules.TrainingPerGpu : open.PerGpu[(int)Category.Training],
                rules.HasServingPerGpu ? rules.ServingPerGpu : open.PerGpu[(int)Category.Serving],
                rules.HasDataPerGpu ? rules.DataPerGpu : open.PerGpu[(int)Category.Data],
                rules.HasInteractivePerGpu ? rules.InteractivePerGpu : open.PerGpu[(int)Category.Interactive],
            ],
            PerGang = rules.HasPerGang ? rules.PerGang : open.PerGang,
            MinRunSeconds = rules.HasMinRunSeconds ? rules.MinRunSeconds : open.MinRunSeconds,
        };
    }

    public static ReservationRules ToEngine(V1.ReservationRules rules)
    {
        var open = new ReservationRules();
        return new ReservationRules(
            rules.HasDrainSeconds ? rules.DrainSeconds : open.DrainSeconds,
            rules.HasHorizonDays ? rules.HorizonDays : open.HorizonDays,
            rules.HasHoldAfterSeconds ? rules.HoldAfterSeconds : open.HoldAfterSeconds,
            rules.HasMaxHolds ? rules.MaxHolds : open.MaxHolds);
    }

    public static V1.PriorityRules ToContract(PriorityRules rules)
    {
        var message = new V1.PriorityRules
        {
            PerSizeDoubling = rules.PerSizeDoubling,
            PerWaitingHour = rules.PerWaitingHour,
            ForUse = rules.ForUse,
            ForUtilization = rules.ForUtilization,
            ForUrgency = rules.ForUrgency,
        };
        foreach (var row in rules.Table)
        {
            message.Table.Add(new V1.PriorityRow
            {
                Provisioning = row.Provisioning?.ToContract() ?? V1.Provisioning.Unspecified,
                Category = row.Category?.ToContract() ?? V1.Category.Unspecified,
                Purpose = row.Purpose?.ToContract() ?? V1.Purpose.Unspecified,
                Points = row.Points,
            });
        }

        return message;
    }

    public static V1.PreemptionRules ToContract(PreemptionRules rules) => new()
    {
        OverrideBudgets = rules.OverrideBudgets,
        TrainingPerGpu = rules.PerGpu[(int)Category.Training],
        ServingPerGpu = rules.PerGpu[(int)Category.Serving],
        DataPerGpu = rules.PerGpu[(int)Category.Data],
        InteractivePerGpu = rules.PerGpu[(int)Category.Interactive],
        PerGang = rules.PerGang,
        MinRunSeconds = rules.MinRunSeconds,
    };

    public static V1.ReservationRules ToContract(ReservationRules rules) => new()
    {
        DrainSeconds = rules.DrainSeconds,
        HorizonDays = rules.HorizonDays,
        HoldAfterSeconds = rules.HoldAfterSeconds,
        MaxHolds = rules.MaxHolds,
    };

    private static PriorityRow ToEngine(V1.PriorityRow row, int index)
    {
        var field = $"policy.priority.table[{index}]";
        return new PriorityRow(
            row.Provisioning == V1.Provisioning.Unspecified ? null : row.Provisioning.ToEngine($"{field}.provisioning"),
            row.Category == V1.Category.Unspecified ? null : row.Category.ToEngine($"{field}.category"),
            row.Purpose == V1.Purpose.Unspecified ? null : row.Purpose.ToEngine($"{field}.purpose"),
            row.Points);
    }
}
