using System.Net;

namespace Pipeline.TestControlPlane;

internal static class Transient
{
    /// <summary>
    /// The API server is away, overloaded or in the middle of a restart: the same request will succeed later. Whoever is cancelled meanwhile
    /// finds out with its next step.
    /// </summary>
    public static bool Is(Exception error, CancellationToken cancellation) => error switch
    {
        ApiException refused => refused.Status >= HttpStatusCode.InternalServerError || refused.Status == HttpStatusCode.TooManyRequests,
        OperationCanceledException => !cancellation.IsCancellationRequested,
        _ => error is HttpRequestException or IOException,
    };
}
