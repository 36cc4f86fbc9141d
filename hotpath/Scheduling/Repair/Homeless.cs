using System.Collections.Immutable;
using System.Text;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Alerts whose node the cluster does not have (yet, or any more), and those that came before any playbook. They are recorded in any case; this only
/// remembers which could still become runs.
/// </summary>
internal static class Homeless
{
    // A misspelt label can name nodes without end; what is beyond the bounds stays visible as a record.
    private const int MaxNames = 4_096;

    // Names that make room at once: to find out which takes a look at all of them.
    private const int MadeRoom = MaxNames / 4;

    // Kubernetes takes no longer node name, and none that is not ASCII (RFC 1123), so such a one never appears. All of them, each with its
    // alerts, must fit into one record of the store (2 MiB).
    private const int MaxNameLength = 253;

    private const int MaxAlertsPerName = 16;

    /// <returns>False: it is known, or cannot be remembered.</returns>
    public static bool Add(RepairScope scope, string node, long alert)
    {
        if (node.Length is 0 or > MaxNameLength || !Ascii.IsValid(node))
            return false;
        var homeless = scope.State.Homeless;
        if (!homeless.TryGetValue(node, out var numbers))
            (homeless, numbers) = (WithRoom(scope), []);
        if (numbers.Length >= MaxAlertsPerName || numbers.Contains(alert))
            return false;
        scope.State = scope.State with { Homeless = homeless.SetItem(node, numbers.Add(alert)) };
        return true;
    }

    /// <summary>
    /// Adds what the run of a node that leaves has not seen resolved: under its name the same machine may come back, and the alerts that still
    /// fire are sent as duplicates.
    /// </summary>
    public static void AddOf(RepairScope scope, Run run)
    {
        var recorded = new HashSet<EpisodeKey>();
        foreach (var record in scope.State.Alerts)
        {
            if (record.Run != run.Id || record.Outcome != AlertOutcome.Accepted || !StillFires(scope, Episodes.KeyOf(record.Alert), run))
                continue;
            recorded.Add(Episodes.KeyOf(record.Alert));
            Add(scope, run.NodeName, record.Number);
        }

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
        if (!Add(scope, run.NodeName, scope.State.Counters.Alerts + 1))
            return;
        var alert = new AlertSignal(episode.Fingerprint, episode.StartsAt, AlertStatus.Firing, AlertKind.Fault, run.Summary, run.NodeName, episode.GpuMask, 0, episode.FaultClass, false, "", []);
        scope.Record(alert, episode.At, "engine", AlertOutcome.Accepted, run.Id, truncated: 0);
    }

    /// <summary>Without those of which nobody has heard for the longest time, when there are too many: what still fires is repeated.</summary>
    private static ImmutableSortedDictionary<string, ImmutableArray<long>> WithRoom(RepairScope scope)
    {
        var (state, episodes) = (scope.State, scope.Cluster.Episodes);
        return state.Homeless.Count < MaxNames
            ? state.Homeless
            : state.Homeless.RemoveRange(state.Homeless.OrderBy(pair => pair.Value.Max(LastSeen)).Take(MadeRoom).Select(pair => pair.Key).ToList());

        long LastSeen(long number) => state.Alerts.TryGetValue(number, out var record) ? episodes.Find(Episodes.KeyOf(record.Alert))?.Seen ?? 0 : 0;
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
