using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Kubernetes.Access;

/// <summary>
/// Certificates that somebody else renews, as the kubelet and kubeadm do. Read again when they are asked for, once a minute at most. Where
/// they cannot be read, as between the writes of certificate and key, those before stay in use.
/// </summary>
/// <param name="first">As they are now.</param>
/// <param name="read">Null, or a <see cref="ClusterAccessException"/>: there are none.</param>
public sealed class RenewedCertificates(X509Certificate2Collection first, Func<X509Certificate2Collection?> read, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private X509Certificate2Collection _known = first;
    private long _readAt = time.GetTimestamp();

    /// <summary>Certificates that stay as they are.</summary>
    public RenewedCertificates(params X509Certificate2[] certificates)
        : this([.. certificates], static () => null, TimeProvider.System)
    {
    }

    /// <summary>The same collection for as long as they are the same.</summary>
    public X509Certificate2Collection Current()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_readAt) >= Fresh)
                (_known, _readAt) = (Read() is { } read && !Same(read, _known) ? read : _known, time.GetTimestamp());
            return _known;
        }
    }

    private static bool Same(X509Certificate2Collection one, X509Certificate2Collection other)
        => one.Count == other.Count && one.Zip(other).All(pair => pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));

    private X509Certificate2Collection? Read()
    {
        try
        {
            return read();
        }
        catch (ClusterAccessException)
        {
            return null;
        }
    }
}
