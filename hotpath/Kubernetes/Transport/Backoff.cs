namespace Pipeline.Kubernetes.Transport;

/// <summary>Waits that double and are spread by chance, so that clients which failed together do not come back together.</summary>
internal static class Backoff
{
    /// <param name="attempt">From 0.</param>
    /// <returns>Half to one and a half of the doubled delay, at most the longest.</returns>
    public static TimeSpan Delay(int attempt, TimeSpan first, TimeSpan longest, Random random)
    {
        // 2^30 first delays are more than any longest one.
        var doubled = first * Math.Pow(2, Math.Min(attempt, 30));
        var spread = doubled * (0.5 + random.NextDouble());
        return spread < longest ? spread : longest;
    }
}
