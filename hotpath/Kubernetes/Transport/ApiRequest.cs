using Pipeline.Kubernetes.Limiting;

namespace Pipeline.Kubernetes.Transport;

/// <summary>One request, as often as it is sent.</summary>
/// <param name="Path">With its query, escaped, from the root of the server.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path)
{
    public byte[]? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public RequestPriority Priority { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <summary>A second copy changes nothing that the first one did not.</summary>
    public bool SafeToRepeat { get; init; }
}
