using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary><c>priority</c>: points that decide who goes first.</summary>
internal static class PrioritySection
{
    private const int MaxPoints = 10_000;

    public static void Read(Fields fields, SchedulingPolicy policy)
    {
        var rules = new PriorityRules
        {
            PerSizeDoubling = fields.Number("perSizeDoubling", 0, 1_000, 10),
            PerWaitingHour = fields.Number("perWaitingHour", 1, 10_000, 60),
            ForUse = fields.Number("forUse", 0, 10_000, 100),
            ForUtilization = fields.Number("forUtilization", 0, 10_000, 100),
            ForUrgency = fields.Number("forUrgency", 0, 100_000, 5_000),
        };
        if (fields.Has("table"))
            ReadTable(fields, rules);
        else
            rules.Table.AddRange(DefaultTable());
        fields.End();
        policy.Priority = rules;
    }

    private static void ReadTable(Fields fields, PriorityRules rules)
    {
        foreach (var row in fields.Maps("table"))
        {
            rules.Table.Add(new PriorityRow
            {
                Provisioning = row.Choice("provisioning", Kinds.Provisionings, Provisioning.Unspecified),
                Category = row.Choice("category", Kinds.Categories, Category.Unspecified),
                Purpose = row.Choice("purpose", Kinds.Purposes, Purpose.Unspecified),
                Points = row.Number("points", 0, MaxPoints),
            });
            row.End();
        }

        // In the message no row means the default table.
        if (fields.IsEmptyList("table"))
            fields.Error("table", "needs a row; leave it out for the default, or give everybody the same by - { points: 0 }");
    }

    private static IEnumerable<PriorityRow> DefaultTable() =>
    [
        new() { Provisioning = Provisioning.Reserved, Category = Category.Serving, Points = 700 },
        new() { Provisioning = Provisioning.Reserved, Points = 600 },
        new() { Provisioning = Provisioning.OnDemand, Category = Category.Serving, Points = 400 },
        new() { Provisioning = Provisioning.OnDemand, Points = 300 },
        new() { Provisioning = Provisioning.Spot, Category = Category.Serving, Points = 100 },
    ];
}
