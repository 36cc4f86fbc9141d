namespace Pipeline.Functions.Hosting.Settings;

/// <summary>What the embedded host honours of <c>host.json</c>.</summary>
/// <param name="FunctionTimeout">
/// An invocation is cancelled after this; <see cref="Timeout.InfiniteTimeSpan"/> for <c>"-1"</c>. Default 5 min; 1 s to 1 day.
/// </param>
public sealed record HostSettings(QueueSettings Queues, TimeSpan FunctionTimeout)
{
    public const string FileName = "host.json";

    /// <summary>Reads the file; problems go to <paramref name="errors"/> and leave defaults.</summary>
    public static HostSettings Read(string root, List<string> errors)
    {
        var fallback = new HostSettings(new QueueSettings(), TimeSpan.FromMinutes(5));
        if (JsonFields.OfFile(Path.Combine(root, FileName), FileName, errors) is not { } host)
            return fallback;
        if (!host.Is("version", "2.0"))
            host.Wrong("version", "must be \"2.0\"");
        var timeout = host.Is("functionTimeout", "-1")
            ? Timeout.InfiniteTimeSpan
            : host.Time("functionTimeout", fallback.FunctionTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        return new HostSettings(QueueSettings.Read(host.Object("extensions").Object("queues")), timeout);
    }
}

/// <summary>Settings of queue triggers, with the defaults and ranges of Azure Functions.</summary>
public sealed record QueueSettings
{
    /// <summary>Messages taken at once.</summary>
    /// <value>Default 16; 1 to 32.</value>
    public int BatchSize { get; init; } = 16;

    /// <summary>More are taken when no more than this many are running.</summary>
    /// <value>Default half of the batch size; 0 to 1,000.</value>
    public int NewBatchThreshold { get; init; } = 8;

    /// <summary>Deliveries before a message moves to the poison queue.</summary>
    /// <value>Default 5; 1 to 100.</value>
    public int MaxDequeueCount { get; init; } = 5;

    /// <summary>How long a message stays hidden after a failed delivery.</summary>
    /// <value>Default 0; to 7 days.</value>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// The longest time between two looks at a queue. The embedded queue wakes its readers, so this only bounds what a clock that was
    /// set can delay.
    /// </summary>
    /// <value>Default 1 min; 100 ms to 1 h.</value>
    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Invocations of one function that may run at the same time.</summary>
    public int MaxRunning => BatchSize + NewBatchThreshold;

    internal static QueueSettings Read(JsonFields queues)
    {
        var defaults = new QueueSettings();
        var batchSize = queues.Number("batchSize", defaults.BatchSize, 1, 32);
        return new QueueSettings
        {
            BatchSize = batchSize,
            NewBatchThreshold = queues.Number("newBatchThreshold", batchSize / 2, 0, 1000),
            MaxDequeueCount = queues.Number("maxDequeueCount", defaults.MaxDequeueCount, 1, 100),
            VisibilityTimeout = queues.Time("visibilityTimeout", defaults.VisibilityTimeout, TimeSpan.Zero, TimeSpan.FromDays(7)),
            MaxPollingInterval = queues.Time(
                "maxPollingInterval", defaults.MaxPollingInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
        };
    }
}
