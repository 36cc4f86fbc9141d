namespace Pipeline.Scheduling.Repair;

/// <summary>The table that recognises duplicates by (fingerprint, startsAt, status).</summary>
internal static class Episodes
{
    /// <summary>Episodes remembered; the one not seen for the longest time is forgotten first.</summary>
    public const int Capacity = 65_536;

    public static Episode? Find(RepairState state, AlertSignal alert) => state.Episodes.GetValueOrDefault(KeyOf(alert));

    public static EpisodeKey KeyOf(AlertSignal alert) => new(alert.Fingerprint, alert.StartsAt);

    public static RepairState Add(RepairState state, AlertSignal alert, long run)
    {
        var counters = state.Counters with { Episodes = state.Counters.Episodes + 1 };
        var resolved = alert.Status == AlertStatus.Resolved;
        return Put(state with { Counters = counters }, new Episode(counters.Episodes, KeyOf(alert), 0, !resolved, resolved, run));
    }

    /// <summary>What a run that was taken over answers for; what is known of an episode stays known.</summary>
    public static RepairState Adopt(RepairState state, RunEpisode episode, long run)
    {
        var key = new EpisodeKey(episode.Fingerprint, episode.StartsAt);
        if (state.Episodes.TryGetValue(key, out var known))
            return Put(state, known with { Firing = true, Resolved = known.Resolved || episode.Resolved, Run = run });
        var counters = state.Counters with { Episodes = state.Counters.Episodes + 1 };
        return Put(state with { Counters = counters }, new Episode(counters.Episodes, key, 0, Firing: true, episode.Resolved, run));
    }

    /// <summary>Keeps the episode as the one seen last.</summary>
    public static RepairState Put(RepairState state, Episode episode)
    {
        var seen = state.Counters.Seen + 1;
        var bySeen = state.EpisodesBySeen.Remove(episode.Seen).Add(seen, episode.Key);
        var episodes = state.Episodes.SetItem(episode.Key, episode with { Seen = seen });
        if (episodes.Count > Capacity)
        {
            var oldest = First(bySeen);
            bySeen = bySeen.Remove(oldest.Key);
            episodes = episodes.Remove(oldest.Value);
        }

        return state with { Counters = state.Counters with { Seen = seen }, Episodes = episodes, EpisodesBySeen = bySeen };
    }

    private static KeyValuePair<long, EpisodeKey> First(System.Collections.Immutable.ImmutableSortedDictionary<long, EpisodeKey> bySeen)
    {
        foreach (var pair in bySeen)
            return pair;
        throw new System.Diagnostics.UnreachableException("A table over its capacity is not empty.");
    }
}
