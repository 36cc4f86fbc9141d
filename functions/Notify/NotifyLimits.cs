namespace Pipeline.Functions.Notify;

/// <summary>The bounds of telling, each with the failure it avoids.</summary>
internal static class NotifyLimits
{
    /// <summary>A teller that died blocks the story for this long; a pass must fit into it, or two tellers speak at once.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>No step begins after this much of the lease, so that few (three requests of 10 s, a paced wait) must be cut off before its end.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(80);

    /// <summary>External creations per sender and pass: one sender's backlog must not use up the budget of the others.</summary>
    public const int StepsPerPass = 10;

    /// <summary>With delays of 2, 4, 8 and then 15 s these outlast the lease of a dead teller; the engine repeats what is dropped after them.</summary>
    public const int ClaimTries = 15;

    public static readonly TimeSpan ClaimDelay = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan ClaimDelayMax = TimeSpan.FromSeconds(15);

    /// <summary>Wait after the engine could not answer at all.</summary>
    public static readonly TimeSpan EngineDelay = TimeSpan.FromSeconds(15);

    /// <summary>Tries to persist a reference: giving up means that the next pass repeats the call behind it.</summary>
    public const int RecordTries = 3;

    public static readonly TimeSpan RecordTimeout = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan OutageDelay = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan OutageDelayMax = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan RefusalDelay = TimeSpan.FromSeconds(30);

    /// <summary>A token that was mended tells the story within this time.</summary>
    public static readonly TimeSpan RefusalDelayMax = TimeSpan.FromHours(1);

    /// <summary>A service that asks for more patience than this is asked again anyway.</summary>
    public static readonly TimeSpan PatienceMax = TimeSpan.FromHours(1);

    /// <summary>Characters of a detail that are told; the API has the whole.</summary>
    public const int DetailLength = 600;

    /// <summary>Runs and log lines remembered; forgetting one costs a repeated message or line, nothing else.</summary>
    public const int Remembered = 4096;

    /// <summary>Doubles <paramref name="first"/> with every failure after the first, up to <paramref name="max"/>.</summary>
    public static TimeSpan Backoff(TimeSpan first, TimeSpan max, int failures)
    {
        var doublings = Math.Clamp(failures - 1, 0, 20);
        var delay = first * (1L << doublings);
        return delay < max ? delay : max;
    }
}
