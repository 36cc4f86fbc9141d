namespace Pipeline.Scheduling.Repair;

/// <summary>Recognises duplicates by (fingerprint, startsAt, status).</summary>
internal static class Episodes
{
    public static Episode? Find(RepairScope scope, AlertSignal alert) => scope.Cluster.Episodes.Find(KeyOf(alert));

    public static EpisodeKey KeyOf(AlertSignal alert) => new(alert.Fingerprint, alert.StartsAt);

    public static void Add(RepairScope scope, AlertSignal alert, long run)
    {
        var resolved = alert.Status == AlertStatus.Resolved;
        Put(scope, new Episode(0, KeyOf(alert), 0, !resolved, resolved, run));
    }

    /// <summary>What a run that was taken over answers for; what is known of an episode stays known.</summary>
    public static void Adopt(RepairScope scope, RunEpisode episode, long run)
    {
        var key = new EpisodeKey(episode.Fingerprint, episode.StartsAt);
        Put(scope, scope.Cluster.Episodes.Find(key) is { } known
            ? known with { Firing = true, Resolved = known.Resolved || episode.Resolved, Run = run }
            : new Episode(0, key, 0, Firing: true, episode.Resolved, run));
    }

    /// <summary>Nothing that the run answers for still fires, not even what it has had no room for.</summary>
    public static bool IsOver(RepairScope scope, Run run)
        => run.Episodes.All(episode => episode.Resolved) && (run.Episodes.Length < Admission.MaxEpisodes || !scope.Cluster.Episodes.AnyFires(run.Number));

    /// <summary>Keeps the episode as the one seen last. One without a number gets the next.</summary>
    public static void Put(RepairScope scope, Episode episode)
    {
        var before = scope.State.Counters;
        var counters = before with { Seen = before.Seen + 1, Episodes = episode.Number == 0 ? before.Episodes + 1 : before.Episodes };
        scope.State = scope.State with { Counters = counters };
        scope.Cluster.Episodes.Put(episode with { Seen = counters.Seen, Number = episode.Number == 0 ? counters.Episodes : episode.Number });
    }
}
