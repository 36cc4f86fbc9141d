namespace Pipeline.Contracts.Client;

/// <summary>How often a call that is safe to repeat is tried when the server was unavailable.</summary>
public sealed record GrpcRetryOptions
{
    /// <summary>Tries after the first one. Default 3, range 0 (off) to 10.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Median wait before the first of them; doubled each time and spread by chance, so that clients do not come back together. Default 100 ms, range 1 ms to 10 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait. A server that asks for a longer one is not tried again. Default 1 s, range <see cref="FirstDelay"/> to 1 min.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(1);

    internal IEnumerable<string> Problems()
    {
        if (Retries is < 0 or > 10)
            yield return $"Retry.Retries: must be 0 to 10, was {Retries}";
        if (FirstDelay < TimeSpan.FromMilliseconds(1) || FirstDelay > TimeSpan.FromSeconds(10))
            yield return $"Retry.FirstDelay: must be 1 ms to 10 s, was {FirstDelay}";
        if (LongestDelay < FirstDelay || LongestDelay > TimeSpan.FromMinutes(1))
            yield return $"Retry.LongestDelay: must be FirstDelay to 1 min, was {LongestDelay}";
    }
}
