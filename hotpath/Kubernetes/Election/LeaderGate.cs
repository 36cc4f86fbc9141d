using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Election;

/// <summary>
/// Lets a client change something only while this process leads: shut from the start, open for one leadership, shut for good when that ends.
/// Reading is not its business. The leases themselves need a client without one.
/// </summary>
public sealed class LeaderGate
{
    private volatile Leadership? _leadership;

    public void Open(Leadership leadership) => _leadership = leadership;

    /// <summary>To be asked again each time before something is sent.</summary>
    /// <returns>Cancelled when what has been sent by then is not to be waited for.</returns>
    /// <exception cref="KubernetesException">This process does not lead.</exception>
    internal CancellationToken Pass(ApiRequest request)
        => _leadership is { IsHeld: true } leadership ? leadership.Leading : throw Refusal(request, notSent: true);

    internal static KubernetesException Refusal(ApiRequest request, bool notSent)
        => new(0, Reasons.NotLeading, $"{request.Method} {request.Path}: this process does not lead.") { NotSent = notSent };
}
