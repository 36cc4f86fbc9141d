namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>How many volumes the nodes can attach, and those that the pods there use (kube-scheduler's NodeVolumeLimits plugin). Not for several threads.</summary>
internal sealed class Attachments
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, int>> _limits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _limited = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Node, Attachment Volume), int> _users = [];
    private readonly Dictionary<Attachment, int> _usersAnywhere = [];
    private readonly Dictionary<(string Node, string Driver), int> _volumes = [];
    private int _mostAsked;

    /// <summary>Grows when other nodes than before may have room for what somebody has asked for.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>Those that say how many volumes of some driver they can attach.</summary>
    public IReadOnlyCollection<string> Nodes => _limits.Keys;

    /// <summary>A node says how many volumes of the driver it can attach.</summary>
    public bool IsLimited(string driver) => _limited.ContainsKey(driver);

    /// <param name="limits">By driver; of those that are not named it can attach any number.</param>
    /// <returns><see cref="IsLimited"/> is another one for some driver.</returns>
    public bool Limit(string node, IReadOnlyDictionary<string, int> limits)
    {
        var before = _limits.GetValueOrDefault(node) ?? new Dictionary<string, int>();
        if (before.Count == limits.Count && before.All(limit => limits.TryGetValue(limit.Key, out var now) && now == limit.Value))
            return false;
        if (limits.Count > 0)
            _limits[node] = limits;
        else
            _limits.Remove(node);
        Version++;
        var news = false;
        foreach (var driver in limits.Keys)
            news |= Change(_limited, driver, 1) == 1;
        foreach (var driver in before.Keys)
            news |= Change(_limited, driver, -1) == 0;
        return news;
    }

    /// <summary>A pod of the node uses the volume from now on, or one does no longer.</summary>
    /// <param name="change">1 or -1.</param>
    public void Count(string node, Attachment volume, int change)
    {
        Change(_usersAnywhere, volume, change);
        if (Change(_users, (node, volume), change) != (change > 0 ? 1 : 0))
            return;
        var now = Change(_volumes, (node, volume.Driver), change);
        // Where there is room for whatever anybody asks for, before and after, nothing changes.
        if (_limits.TryGetValue(node, out var limits) && limits.TryGetValue(volume.Driver, out var limit) && limit - Math.Max(now, now - change) < _mostAsked)
            Version++;
    }

    /// <summary>How many times pods use the volume.</summary>
    public int UsersOf(Attachment volume) => _usersAnywhere.GetValueOrDefault(volume);

    /// <summary>Somebody asks for so many volumes: <see cref="Version"/> is to count for that.</summary>
    public void Ask(int volumes)
    {
        if (volumes <= _mostAsked)
            return;
        _mostAsked = volumes;
        Version++;
    }

    /// <summary>The node can attach those of the volumes that it does not have yet.</summary>
    public bool HasRoom(string node, IReadOnlyList<Attachment> volumes)
    {
        if (volumes.Count == 0 || !_limits.TryGetValue(node, out var limits))
            return true;
        foreach (var (driver, limit) in limits)
        {
            var added = volumes.Count(volume => volume.Driver == driver && !_users.ContainsKey((node, volume)));
            if (added > 0 && _volumes.GetValueOrDefault((node, driver)) + added > limit)
                return false;
        }

        return true;
    }

    private static int Change<T>(Dictionary<T, int> counts, T key, int change)
        where T : notnull
    {
        var count = counts.GetValueOrDefault(key) + change;
        if (count == 0)
            counts.Remove(key);
        else
            counts[key] = count;
        return count;
    }
}
