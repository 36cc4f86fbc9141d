using System.Net;

namespace Pipeline.TestControlPlane;

/// <summary>The API server refused; the message is its own.</summary>
public sealed class ApiException(HttpStatusCode status, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;
}
