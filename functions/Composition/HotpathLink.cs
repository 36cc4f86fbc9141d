namespace Pipeline.Functions.Composition;

/// <summary>
/// Keeps the functions joined to a hotpath in another process: each time it can be reached it is given the policy, since it may be a new
/// one, and then its wake-ups are followed until the connection breaks.
/// </summary>
/// <param name="begin">Repeated until it has succeeded, and then never again: what only a start of the functions may put in force.</param>
/// <param name="setPolicy">Does it once.</param>
/// <param name="follow">Goes on until the connection breaks; calls back once nothing is missed any more.</param>
internal sealed partial class HotpathLink(
    Func<CancellationToken, Task> begin, Func<CancellationToken, Task> setPolicy, Func<Action, CancellationToken, Task> follow, Uri address,
    TimeProvider time, ILogger logger)
{
    // A restart takes a second or two; what waits for it should not wait much longer.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private volatile string? _trouble = "the hotpath has not been given the policy yet";

    /// <summary>Null while the functions are joined to the hotpath, otherwise what is wrong.</summary>
    public string? Trouble => _trouble;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var begun = false;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (!begun)
                    await begin(cancellation);
                begun = true;
                await setPolicy(cancellation);
                await follow(Join, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Leave(exception);
            }

            await Task.Delay(RetryDelay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Join()
    {
        _trouble = null;
        LogJoined(address);
    }

    private void Leave(Exception exception)
    {
        // Said once for each reason: an outage may last a night.
        if (_trouble != exception.Message)
            LogLeft(address, exception.Message);
        _trouble = exception.Message;
    }

    [LoggerMessage(LogLevel.Information, "Joined to the hotpath at {Address}: it has the policy, and its wake-ups arrive.")]
    private partial void LogJoined(Uri address);

    [LoggerMessage(LogLevel.Warning, "Not joined to the hotpath at {Address}: {Problem} It is tried again every second.")]
    private partial void LogLeft(Uri address, string problem);
}
