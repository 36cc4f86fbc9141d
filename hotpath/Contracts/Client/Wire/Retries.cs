using Polly;
using Polly.Retry;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>Tries a call again that is safe to repeat.</summary>
internal static class Retries
{
    public static ResiliencePipeline Create(GrpcRetryOptions options, TimeProvider time)
    {
        if (options.Retries == 0)
            return ResiliencePipeline.Empty;
        return new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = options.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.FirstDelay,
            MaxDelay = options.LongestDelay,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is GrpcCallException failure && IsWorthIt(failure, options)),
            // Null: the backoff above.
            DelayGenerator = args => ValueTask.FromResult((args.Outcome.Exception as GrpcCallException)?.RetryAfter),
        }).Build();
    }

    private static bool IsWorthIt(GrpcCallException failure, GrpcRetryOptions options)
        => (failure.Status == GrpcStatusCode.Unavailable || failure.IsBrokenOff)
            && (failure.RetryAfter is not { } wait || (wait >= TimeSpan.Zero && wait <= options.LongestDelay));
}
