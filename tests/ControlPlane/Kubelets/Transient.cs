using System.Net;

namespace Pipeline.TestControlPlane;

internal static class Transient
{
    /// <summary>The API server is away, overloaded or in the middle of a restart: the same request will succeed later.</summary>
    public static bool Is(Exception error, CancellationToken cancellation) => !cancellation.IsCancellationRequested && error switch
    {
        ApiException refused => refused.Status >= HttpStatusCode.InternalServerError || refused.Status == HttpStatusCode.TooManyRequests,
        HttpRequestException or IOException or OperationCanceledException => true,
        _ => false,
    };
}
