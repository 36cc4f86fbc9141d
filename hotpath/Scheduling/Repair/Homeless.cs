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
            return numbers.Length < MaxAlertsPerName && !numbers.Contains(alert) ? homeless.SetItem(node, numbers.Add(alert)) : homeless;
        return homeless.Count < MaxNames ? homeless.Add(node, [alert]) : homeless;
    }

    /// <summary>
    /// Adds what the run of a node that leaves has not seen resolved: under its name the same machine may come back, and the alerts that still
    /// fire are sent as duplicates.
    /// </summary>
    public static void AddOf(RepairScope scope, Run run)
    {
        var homeless = scope.State.Homeless;
        var recorded = new HashSet<EpisodeKey>();
        foreach (var (number, record) in scope.State.Alerts)
        {
            if (record.Run != run.Id || record.Outcome != AlertOutcome.Accepted || !StillFires(scope, Episodes.KeyOf(record.Alert), run))
                continue;
            recorded.Add(Episodes.KeyOf(record.Alert));
            homeless = Add(homeless, run.NodeName, number);
        }

        scope.State = scope.State with { Homeless = homeless };
        foreach (var episode in run.Episodes)
        {
            var key = new EpisodeKey(episode.Fingerprint, episode.StartsAt);
            if (StillFires(scope, key, run) && recorded.Add(key))
                AddUnrecorded(scope, run, episode);
        }
    }

    /// <summary>Another leader has the record of the alert, or it was forgotten since. It gets one that says what the run knows of it.</summary>
    private static void AddUnrecorded(RepairScope scope, Run run, RunEpisode episode)
    {
        var state = scope.State;
        var number = state.Counters.Alerts + 1;
        var homeless = Add(state.Homeless, run.NodeName, number);
        if (ReferenceEquals(homeless, state.Homeless))
            return;
        var alert = new AlertSignal(episode.Fingerprint, episode.StartsAt, AlertStatus.Firing, AlertKind.Fault, run.Summary, run.NodeName, episode.GpuMask, 0, episode.FaultClass, false, "", []);
        scope.State = state with
        {
            Homeless = homeless,
            Counters = state.Counters with { Alerts = number },
            Alerts = state.Alerts.Add(number, new AlertRecord(number, episode.At, "engine", alert, AlertOutcome.Accepted, run.Id, 0)),
        };
    }

    private static bool StillFires(RepairScope scope, EpisodeKey key, Run run)
        => scope.Cluster.Episodes.Find(key) is { Firing: true, Resolved: false } episode && episode.Run == run.Number;

    /// <summary>Without an episode that has been resolved, so that what is over does not use the bounds up.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<long>> Without(RepairState state, AlertSignal alert)
    {
        if (!state.Homeless.TryGetValue(alert.Node, out var numbers))
            return state.Homeless;
        var left = numbers.RemoveAll(number => !state.Alerts.TryGetValue(number, out var record) || Episodes.KeyOf(record.Alert) == Episodes.KeyOf(alert));
        return left.IsEmpty ? state.Homeless.Remove(alert.Node) : state.Homeless.SetItem(alert.Node, left);
    }
}
