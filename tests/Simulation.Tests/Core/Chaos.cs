namespace Pipeline.Simulation.Tests.Core;

/// <summary>How badly one world treats the product. Drawn from the seed, so that each world is bad in its own way.</summary>
internal sealed record Chaos
{
    private static readonly double[] Odds = [0, 0.01, 0.05, 0.2];

    /// <summary>Virtual milliseconds in which things break; then the world is left to settle.</summary>
    public required long Span { get; init; }

    public required int Faults { get; init; }

    public required int Crashes { get; init; }

    /// <summary>Playbook times are divided by this; a world of many hours would cost too many polls.</summary>
    public required int TimeDivisor { get; init; }

    public required double ClusterSpeed { get; init; }

    public required double ActionFailurePercent { get; init; }

    public required double BudgetPercent { get; init; }

    public required double FillPercent { get; init; }

    public required int GuardPercent { get; init; }

    public required int MaxAttempts { get; init; }

    /// <summary>Repeats before a class acts are as shipped, or one.</summary>
    public required bool ActsAtOnce { get; init; }

    /// <summary>No class has a health check.</summary>
    public required bool Unchecked { get; init; }

    /// <summary>A person is called where a power cycle would be next.</summary>
    public required bool AsksBeforePowerCycle { get; init; }

    /// <summary>A failed action is tried again.</summary>
    public required bool TriesTwice { get; init; }

    /// <summary>Chance that a bind fails, before or after it took effect, or takes longer than an assumption lasts.</summary>
    public required double BindFails { get; init; }

    public required long SweepPeriod { get; init; }

    public required long WatchPeriod { get; init; }

    /// <summary>A node that joins the cluster while the world is on.</summary>
    public required bool LateNode { get; init; }

    public required double CallFailsBefore { get; init; }

    public required double CallFailsAfter { get; init; }

    public required double NodeCallFails { get; init; }

    public required double EffectLost { get; init; }

    public required double EffectTwice { get; init; }

    public required long EffectLatency { get; init; }

    public required double MessageKept { get; init; }

    public required long MessageLatency { get; init; }

    public required double QueueLost { get; init; }

    /// <summary>Chance of a death at each point where the process waits for somebody.</summary>
    public required double DeathWhileWaiting { get; init; }

    public static Chaos Of(Chance chance) => new()
    {
        Span = chance.Between(15, 60) * 60_000,
        Faults = chance.Below(14) + 2,
        Crashes = chance.Hits(0.2) ? 0 : chance.Below(6) + 1,
        TimeDivisor = chance.Of(1, 5, 10, 10, 20, 20),
        ClusterSpeed = chance.Of<double>(5, 30, 30, 100),
        ActionFailurePercent = chance.Of<double>(0, 0, 10, 40),
        BudgetPercent = chance.Of<double>(0, 10, 50),
        FillPercent = chance.Of<double>(40, 80, 100),
        GuardPercent = chance.Of(1, 20, 20, 40, 100),
        MaxAttempts = chance.Of(3, 6, 14, 14, 14),
        ActsAtOnce = chance.Hits(0.3),
        Unchecked = chance.Hits(0.05),
        AsksBeforePowerCycle = chance.Hits(0.1),
        TriesTwice = chance.Hits(0.2),
        BindFails = chance.Of(Odds),
        SweepPeriod = chance.Of<long>(2_000, 2_000, 10_000, 30_000),
        WatchPeriod = chance.Of<long>(300, 1_000, 5_000),
        LateNode = chance.Hits(0.3),
        CallFailsBefore = chance.Of(Odds),
        CallFailsAfter = chance.Of(Odds),
        NodeCallFails = chance.Of(Odds),
        EffectLost = chance.Of(0, 0.05, 0.3),
        EffectTwice = chance.Of(Odds),
        EffectLatency = chance.Of<long>(100, 2_000, 40_000),
        MessageKept = chance.Of(Odds),
        MessageLatency = chance.Of<long>(50, 2_000, 90_000),
        QueueLost = chance.Of(0, 0, 0.1, 1),
        DeathWhileWaiting = chance.Of(0, 0.001, 0.005, 0.02),
    };

    /// <summary>The same world when nothing goes wrong any more.</summary>
    public Chaos Calmed() => this with
    {
        CallFailsBefore = 0,
        CallFailsAfter = 0,
        NodeCallFails = 0,
        BindFails = 0,
        EffectLost = 0,
        EffectTwice = 0,
        EffectLatency = 100,
        MessageKept = 0,
        MessageLatency = 50,
        DeathWhileWaiting = 0,
        Crashes = 0,
    };
}
