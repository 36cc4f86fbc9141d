namespace Pipeline.Functions.Hosting;

/// <summary>What <c>host.json</c> does not say about the embedded host.</summary>
public sealed record EmbeddedHostOptions
{
    /// <summary>How long a message is hidden while its function runs; renewed at half of it.</summary>
    /// <value>Default 1 min; 1 s to 1 h.</value>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stop waits for running functions before it cancels them, and again before it leaves them behind.</summary>
    /// <value>Default 5 s; 0 to 10 min.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public EmbeddedHostOptions Validated()
    {
        if (Lease < TimeSpan.FromSeconds(1) || Lease > TimeSpan.FromHours(1))
            throw new ArgumentException($"Host option {nameof(Lease)} is {Lease}, but must be 1 s to 1 h.");
        if (StopTimeout < TimeSpan.Zero || StopTimeout > TimeSpan.FromMinutes(10))
            throw new ArgumentException($"Host option {nameof(StopTimeout)} is {StopTimeout}, but must be 0 to 10 min.");
        return this;
    }
}
