namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>Settings of the simulated cluster; section <c>Simulation</c>.</summary>
public sealed record SimulatedClusterOptions
{
    /// <summary>Number of nodes. Range 1 to 100,000; default 64.</summary>
    public int Nodes { get; init; } = 64;

    /// <summary>Seconds of cluster life in a second of the clock; 1 is real time. Range 0.1 to 10,000; default 30.</summary>
    public double Speed { get; init; } = 30;

    /// <summary>Seed of every draw: workloads, durations, failures. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Share of actions that fail for no other reason, in percent. Range 0 to 100; default 0.</summary>
    public double ActionFailurePercent { get; init; }

    /// <summary>How far an action's duration may be from its nominal one, in percent. Range 0 to 50; default 10.</summary>
    public double JitterPercent { get; init; } = 10;

    /// <summary>Share of the GPUs that the first workloads ask for, in percent. Range 0 to 100; default 80.</summary>
    public double FillPercent { get; init; } = 80;

    /// <summary>Share of controllers whose disruption budget refuses an eviction at first, in percent. Range 0 to 100; default 10.</summary>
    public double BudgetPercent { get; init; } = 10;

    /// <summary>Workloads that finish by themselves, per minute of cluster life. Range 0 (off) to 6,000; default 0.</summary>
    public int Churn { get; init; }

    /// <summary>Events kept for watchers that lag; a watcher that lags more gets a resync. Range 16 to 1,000,000; default 16,384.</summary>
    public int WatchBuffer { get; init; } = 16_384;

    /// <summary>Changes in the file before it is rewritten as a snapshot. Range 16 to 10,000,000; default 20,000.</summary>
    public int CompactAfter { get; init; } = 20_000;

    /// <summary>Where the state is kept; null keeps it in memory only. The product uses <c>data/simulation</c>.</summary>
    public string? Directory { get; init; }

    /// <summary>One error per setting that is out of range, beginning with its name; empty when all are good.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Check(nameof(Nodes), Nodes, 1, 100_000);
        Check(nameof(Speed), Speed, 0.1, 10_000);
        Check(nameof(ActionFailurePercent), ActionFailurePercent, 0, 100);
        Check(nameof(JitterPercent), JitterPercent, 0, 50);
        Check(nameof(FillPercent), FillPercent, 0, 100);
        Check(nameof(BudgetPercent), BudgetPercent, 0, 100);
        Check(nameof(Churn), Churn, 0, 6_000);
        Check(nameof(WatchBuffer), WatchBuffer, 16, 1_000_000);
        Check(nameof(CompactAfter), CompactAfter, 16, 10_000_000);
        if (Directory is not null && string.IsNullOrWhiteSpace(Directory))
            problems.Add("Simulation:Directory must not be blank.");
        return problems;

        void Check(string name, double value, double low, double high)
        {
            // Written so that NaN is out of range.
            if (!(value >= low && value <= high))
                problems.Add($"Simulation:{name} must be between {low} and {high}, was {value}.");
        }
    }

    /// <exception cref="ArgumentException">A setting is out of range; the message names each.</exception>
    public void Validate()
    {
        if (Problems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems));
    }

    /// <summary>Time on the clock for a time of cluster life.</summary>
    internal TimeSpan Scaled(TimeSpan nominal) => TimeSpan.FromTicks((long)Math.Ceiling(nominal.Ticks / Speed));
}
