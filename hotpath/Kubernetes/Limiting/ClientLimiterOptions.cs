namespace Pipeline.Kubernetes.Limiting;

/// <summary>How much one process asks of the API server. The server protects itself (429); this protects its other clients from us.</summary>
public sealed record ClientLimiterOptions
{
    /// <summary>Requests a second in the long run. Default 1,000, range 1 to 1,000,000; 0: no limit.</summary>
    public int RequestsPerSecond { get; init; } = 1_000;

    /// <summary>Requests at once after a pause. Default 2,000, range 1 to 1,000,000.</summary>
    public int Burst { get; init; } = 2_000;

    /// <summary>Requests that wait for their answer. Default 256, range 1 to 65,536; 0: no limit.</summary>
    public int MaxInFlight { get; init; } = 256;

    /// <summary>More of them that only urgent requests may be, so that these never wait for others to be answered. Default 64, range 1 to 65,536.</summary>
    public int UrgentInFlight { get; init; } = 64;

    /// <summary>Requests of each priority that wait for their turn; the next one fails. Default 65,536, range 1 to 1,000,000.</summary>
    public int MaxWaiting { get; init; } = 65_536;

    internal void Check(OptionProblems problems)
    {
        problems.Check("Limiter.RequestsPerSecond", RequestsPerSecond, 0, 1_000_000);
        problems.Check("Limiter.Burst", Burst, 1, 1_000_000);
        problems.Check("Limiter.MaxInFlight", MaxInFlight, 0, 65_536);
        problems.Check("Limiter.UrgentInFlight", UrgentInFlight, 1, 65_536);
        problems.Check("Limiter.MaxWaiting", MaxWaiting, 1, 1_000_000);
    }
}
