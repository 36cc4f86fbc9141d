namespace Pipeline.Functions.Hosting.Triggers;

/// <summary>Runs a handler with its time limit, and tells metrics and log how it ended.</summary>
internal sealed class FunctionInvoker(TimeSpan timeout, TimeProvider time, FunctionMetrics metrics, ILogger logger)
{
    /// <summary>Never throws.</summary>
    /// <param name="abort">The host cannot wait any longer.</param>
    /// <param name="timedOut">Called once when the time has run out, while the handler may still be running.</param>
    public async Task<InvocationOutcome> InvokeAsync(
        string function, Func<CancellationToken, Task> handler, Action timedOut, CancellationToken abort)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var registration = limit.Token.Register(timedOut);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, abort);
        var start = time.GetTimestamp();
        InvocationOutcome outcome;
        try
        {
            await handler(either.Token).ConfigureAwait(false);
            outcome = InvocationOutcome.Succeeded;
        }
        catch (Exception e)
        {
            outcome = limit.IsCancellationRequested ? InvocationOutcome.TimedOut
                : abort.IsCancellationRequested ? InvocationOutcome.Stopped
                : InvocationOutcome.Failed;
            if (outcome == InvocationOutcome.Stopped)
                logger.LogInformation("{Function} was cut short because the host stops.", function);
            else
                logger.LogError(e, "{Function} {Outcome}.", function, outcome);
        }

        metrics.Invoked(function, outcome, time.GetElapsedTime(start));
        return outcome;
    }
}
