using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Election;

/// <summary>
/// Lets a client change something only while this process leads: shut from the start, open for one leadership, shut for good when that ends.
/// Reading is free until then; afterwards the client's connections are dead. The leases themselves need a client without a gate.
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

    /// <exception cref="IOException">The leadership has ended.</exception>
    internal void ThrowIfEnded()
    {
        if (_leadership is { IsHeld: false })
            throw new IOException("This process does not lead any more.");
    }

    internal static KubernetesException Refusal(ApiRequest request, bool notSent)
        => new(0, Reasons.NotLeading, $"{request.Method} {request.Path}: this process does not lead.") { NotSent = notSent };
}
