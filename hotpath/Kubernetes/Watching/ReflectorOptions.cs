namespace Pipeline.Kubernetes.Watching;

/// <summary>What a reflector follows and how patient it is.</summary>
public sealed record ReflectorOptions
{
    /// <summary>Null: all namespaces.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>
    /// The server ends a watch after this long, or up to twice as long, chosen by chance so that the watches of many do not begin together;
    /// it then goes on where it was. Default 5 min, range 1 s to 1 h.
    /// </summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A watch that has said nothing for this long is given up and begun anew where it was: the end that the server owed may never have
    /// arrived. Bookmarks come about every minute, from those servers and kinds that send them. Default 3 min, range 1 ms to 2 h.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Median wait after the first failure, doubled with each further one and spread by chance. Default 200 ms, range 1 ms to 10 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait. Default 10 s, range <see cref="FirstDelay"/> to 5 min.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest event in bytes; etcd takes no object beyond 1.5 MB, which JSON makes somewhat larger. Default 8 MiB, range 1 KiB to 256 MiB.</summary>
    public int MaxEventSize { get; init; } = 8 * 1024 * 1024;

    /// <summary>Is told of every failure that the reflector then recovers from. Default: nobody is.</summary>
    public Action<KubernetesException>? OnFailure { get; init; }

    /// <summary>Is told how long each list took, from the first request to the last object. Default: nobody is.</summary>
    public Action<TimeSpan>? OnListed { get; init; }

    internal void Validate()
    {
        var problems = new OptionProblems();
        problems.Check(nameof(WatchTimeout), WatchTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        problems.Check(nameof(SilenceTimeout), SilenceTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(2));
        problems.Check(nameof(FirstDelay), FirstDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        problems.Check(nameof(LongestDelay), LongestDelay, FirstDelay, TimeSpan.FromMinutes(5));
        problems.Check(nameof(MaxEventSize), MaxEventSize, 1024, 256 * 1024 * 1024);
        problems.Throw();
    }
}
