using Pipeline.Kubernetes.Limiting;

namespace Pipeline.Kubernetes.Client;

/// <summary>How patient and how demanding a client is.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>Who changes fields, as <c>managedFields</c> shows it. Default <c>pipeline</c>, 1 to 128 characters.</summary>
    public string FieldManager { get; init; } = "pipeline";

    /// <summary>Bound of a call, with waiting for its turn and with retries. Default 30 s, range 1 ms to 1 h.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bound of making a connection. Default 5 s, range 1 ms to 5 min.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection with a request on it that has been silent this long is asked whether it lives (HTTP/2 ping). Default 15 s, range 1 s to 1 h.</summary>
    public TimeSpan KeepAliveDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without an answer for this long the connection is given up. Default 10 s, range 1 s to 1 h.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Tries after the first, where a repetition does no harm. Default 5, range 0 to 20.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Median wait before the first of them, doubled each time and spread by chance. Default 100 ms, range 1 ms to 10 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait. When the server asks for a longer one, its answer is given to the caller. Default 10 s, range <see cref="FirstDelay"/> to 10 min.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads and writes of one <see cref="UpdateCalls.UpdateAsync"/> before it gives a conflict to the caller. Default 10, range 1 to 100.</summary>
    public int UpdateAttempts { get; init; } = 10;

    /// <summary>Objects of a page of a list. Default 1,000, range 1 to 100,000.</summary>
    public int PageSize { get; init; } = 1_000;

    public ClientLimiterOptions Limiter { get; init; } = new();

    /// <exception cref="ArgumentException">A setting is out of range; the message names each.</exception>
    public void Validate()
    {
        var problems = new OptionProblems();
        problems.Check("FieldManager.Length", FieldManager.Length, 1, 128);
        problems.Check(nameof(Timeout), Timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        problems.Check(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5));
        problems.Check(nameof(KeepAliveDelay), KeepAliveDelay, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        problems.Check(nameof(KeepAliveTimeout), KeepAliveTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        problems.Check(nameof(Retries), Retries, 0, 20);
        problems.Check(nameof(FirstDelay), FirstDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        problems.Check(nameof(LongestDelay), LongestDelay, FirstDelay, TimeSpan.FromMinutes(10));
        problems.Check(nameof(UpdateAttempts), UpdateAttempts, 1, 100);
        problems.Check(nameof(PageSize), PageSize, 1, 100_000);
        Limiter.Check(problems);
        problems.Throw();
    }
}
