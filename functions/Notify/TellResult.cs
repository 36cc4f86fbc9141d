namespace Pipeline.Functions.Notify;

/// <summary>What one call of a sender came to. Closed: the type drives behaviour, codes and messages are for people.</summary>
public abstract record TellResult
{
    private TellResult()
    {
    }

    /// <summary>Everything is told already.</summary>
    public sealed record Nothing : TellResult;

    /// <summary>Something was told: persist both values before the next call.</summary>
    /// <param name="Reference">The sender's own reference (thread, issue key).</param>
    /// <param name="Count">Timeline entries told so far.</param>
    public sealed record Told(string Reference, int Count) : TellResult;

    /// <summary>The service is busy or away.</summary>
    /// <param name="Delay">How long it asked to wait; null when it did not say.</param>
    public sealed record Later(TimeSpan? Delay, string Code) : TellResult;

    /// <summary>The service will refuse this again until a person changes something.</summary>
    public sealed record Refused(string Code, string Message) : TellResult;
}
