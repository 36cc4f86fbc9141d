namespace Pipeline.EndToEnd.Tests;

/// <summary>Waits for another process. It has no signal for us, so it is asked again and again, up to a bound that only a broken run reaches.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public static async Task<T> GetAsync<T>(string what, TimeSpan bound, Func<Task<T?>> ask, Func<string>? evidence = null)
        where T : class
    {
        using var timeout = new CancellationTokenSource(bound);
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            if (await ask() is { } answer)
                return answer;
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

    public static async Task TrueAsync(string what, TimeSpan bound, Func<Task<bool>> ask, Func<string>? evidence = null)
        => await GetAsync(what, bound, async () => await ask() ? "yes" : null, evidence);
}
