namespace Pipeline.TestControlPlane;

/// <summary>
/// Waits for other processes. They have no signal for us, so they are asked again and again, up to a bound that only a broken run reaches.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <param name="what">Names the awaited thing in the error.</param>
    /// <param name="bound">For everything together; a single question is not cut short by it.</param>
    /// <param name="ask">True when it has happened.</param>
    /// <param name="evidence">What the error shows besides.</param>
    /// <exception cref="TimeoutException">It did not happen within the bound.</exception>
    public static async Task TrueAsync(string what, TimeSpan bound, Func<Task<bool>> ask, Func<string>? evidence = null)
    {
        using var timeout = new CancellationTokenSource(bound);
        using var timer = new PeriodicTimer(Interval);
        while (!await ask())
        {
            try
            {
                await timer.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{what} did not happen within {bound}.\n{evidence?.Invoke()}");
            }
        }
    }
}
