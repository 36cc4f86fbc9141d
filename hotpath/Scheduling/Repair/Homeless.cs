using System.Collections.Immutable;
using System.Text;

namespace Pipeline.Scheduling.Repair;

/// <summary>Alerts whose node the cluster does not have (yet, or any more). They are recorded in any case; this only remembers which could still become runs.</summary>
internal static class Homeless
{
    // A misspelt label can name nodes without end; what is beyond the bounds stays visible as a record.
    private const int MaxNames = 4_096;

    // Kubernetes takes no longer node name, and none that is not ASCII (RFC 1123), so such a one never appears. All of them, each with its
    // alerts, must fit into one record of the store (2 MiB).
    private const int MaxNameLength = 253;

    private const int MaxAlertsPerName = 16;

    public static ImmutableSortedDictionary<string, ImmutableArray<long>> Add(
        ImmutableSortedDictionary<string, ImmutableArray<long>> homeless, string node, long alert)
    {
        if (node.Length is 0 or > MaxNameLength || !Ascii.IsValid(node))
            return homeless;
        if (homeless.TryGetValue(node, out var numbers))
            return numbers.Length < MaxAlertsPerName ? homeless.SetItem(node, numbers.Add(alert)) : homeless;
        return homeless.Count < MaxNames ? homeless.Add(node, [alert]) : homeless;
    }

    /// <summary>
    /// With what the run of a node that leaves has not seen resolved: under its name the same machine may come back, and the alerts that still
    /// fire are sent as duplicates.
    /// </summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<long>> With(RepairScope scope, Run run)
    {
        var homeless = scope.State.Homeless;
        foreach (var (number, record) in scope.State.Alerts)
        {
            if (record.Run == run.Id && record.Outcome == AlertOutcome.Accepted && Episodes.Find(scope, record.Alert) is { Firing: true, Resolved: false })
                homeless = Add(homeless, run.NodeName, number);
        }

        return homeless;
    }

    /// <summary>Without an episode that has been resolved, so that what is over does not use the bounds up.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<long>> Without(RepairState state, AlertSignal alert)
    {
        if (!state.Homeless.TryGetValue(alert.Node, out var numbers))
            return state.Homeless;
        var left = numbers.RemoveAll(number => !state.Alerts.TryGetValue(number, out var record) || Episodes.KeyOf(record.Alert) == Episodes.KeyOf(alert));
        return left.IsEmpty ? state.Homeless.Remove(alert.Node) : state.Homeless.SetItem(alert.Node, left);
    }
}
