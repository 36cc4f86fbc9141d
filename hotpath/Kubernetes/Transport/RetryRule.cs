using Pipeline.Kubernetes.Client;

namespace Pipeline.Kubernetes.Transport;

/// <summary>Whether a request that failed is sent again, and when.</summary>
internal sealed class RetryRule(KubernetesClientOptions options, Random random)
{
    /// <param name="attempt">From 0.</param>
    /// <returns>Null: not again.</returns>
    public TimeSpan? Wait(ApiRequest request, KubernetesException failure, int attempt)
    {
        if (attempt >= options.Retries || !(IsRefused(failure) || (request.SafeToRepeat && IsPassing(failure))))
            return null;
        var wait = failure.RetryAfter ?? Backoff.Delay(attempt, options.FirstDelay, options.LongestDelay, random);
        return wait <= options.LongestDelay ? wait : null;
    }

    /// <summary>
    /// The server has not begun it (api-concepts, priority and fairness), so that any method may be repeated. A disruption budget is an
    /// answer, not a lack of time; and what this process has no room for it will not have room for sooner.
    /// </summary>
    private static bool IsRefused(KubernetesException failure)
        => (failure.Code == 429 && !failure.IsDisruptionBudget) || (failure.NotSent && failure.Reason == Reasons.Unreachable);

    /// <summary>It may or may not have been carried out, and goes away by itself. 500 only when the server says when to come back: most are for good.</summary>
    private static bool IsPassing(KubernetesException failure) => failure.Code switch
    {
        502 or 503 or 504 => true,
        500 => failure.RetryAfter is not null,
        0 => failure.Reason == Reasons.Unreachable,
        _ => false,
    };
}
