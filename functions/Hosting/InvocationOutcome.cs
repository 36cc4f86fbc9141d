namespace Pipeline.Functions.Hosting;

/// <summary>How an invocation ended.</summary>
public enum InvocationOutcome
{
    Succeeded,

    /// <summary>The handler threw.</summary>
    Failed,

    /// <summary>The handler threw after its time (functionTimeout) had run out.</summary>
    TimedOut,

    /// <summary>The handler threw because the host stops.</summary>
    Stopped,
}
