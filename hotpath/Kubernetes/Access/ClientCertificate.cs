using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Kubernetes.Access;

/// <summary>
/// A certificate with its private key that somebody else renews, as the kubelet and kubeadm do. Read again for a new connection, once a
/// minute at most. Where it cannot be read, as between the writes of certificate and key, the one before stays in use.
/// </summary>
/// <param name="first">As it is now.</param>
/// <param name="read">Null, or a <see cref="ClusterAccessException"/>: there is none.</param>
public sealed class ClientCertificate(X509Certificate2 first, Func<X509Certificate2?> read, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private X509Certificate2 _known = first;
    private long _readAt = time.GetTimestamp();

    public X509Certificate2 Current()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_readAt) >= Fresh)
                (_known, _readAt) = (Read() ?? _known, time.GetTimestamp());
            return _known;
        }
    }

    private X509Certificate2? Read()
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
