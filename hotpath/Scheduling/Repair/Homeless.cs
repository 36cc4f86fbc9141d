using System.Collections.Immutable;

namespace Pipeline.Scheduling.Repair;

/// <summary>Alerts whose node the cluster does not have (yet). They are recorded in any case; this only remembers which could still become runs.</summary>
internal static class Homeless
{
    // A misspelt label can name nodes without end; what is beyond the bounds stays visible as a record.
    private const int MaxNames = 10_000;
    private const int MaxAlertsPerName = 16;

    public static ImmutableSortedDictionary<string, ImmutableArray<long>> Add(
        ImmutableSortedDictionary<string, ImmutableArray<long>> homeless, string node, long alert)
    {
        if (node.Length == 0)
            return homeless;
        if (homeless.TryGetValue(node, out var numbers))
            return numbers.Length < MaxAlertsPerName ? homeless.SetItem(node, numbers.Add(alert)) : homeless;
        return homeless.Count < MaxNames ? homeless.Add(node, [alert]) : homeless;
    }
}
