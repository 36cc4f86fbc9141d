using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Kubernetes.Transport;

/// <summary>Makes and keeps the connections. Renewed certificates are for new ones: the server looks at that of a connection with every request.</summary>
internal sealed class ApiHandler(ClusterAccess access, KubernetesClientOptions options, LeaderGate? gate) : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private X509Certificate2Collection? _identity;
    private X509Certificate2Collection? _authorities;
    private HttpMessageInvoker? _connections;
    private bool _disposed;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => Connections().SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _disposed = true;
            _connections?.Dispose();
        }

        base.Dispose(disposing);
    }

    private HttpMessageInvoker Connections()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var (identity, authorities) = (access.ClientCertificate?.Current(), access.Authorities?.Current());
            if (_connections is not null && ReferenceEquals(identity, _identity) && ReferenceEquals(authorities, _authorities))
                return _connections;
            // Those before end by themselves when nobody uses them: watches go on there, and requests may be on their way.
            (_identity, _authorities, _connections) = (identity, authorities, Create(Tls(identity, authorities)));
            return _connections;
        }
    }

    private HttpMessageInvoker Create(SslClientAuthenticationOptions tls)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // Compression costs the server more than a network within a data centre gains.
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            // A server limits the streams of a connection (100 to 250), and watches take one each for good.
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = options.KeepAliveDelay,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = access.Proxy is not null,
            Proxy = access.Proxy is null ? null : new WebProxy(access.Proxy),
            SslOptions = tls,
        };
        if (gate is not null)
            handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new GatedStream(context.PlaintextStream, gate));
        return new HttpMessageInvoker(handler);
    }

    private SslClientAuthenticationOptions Tls(X509Certificate2Collection? identity, X509Certificate2Collection? authorities)
    {
        var tls = new SslClientAuthenticationOptions();
        if (identity is not null)
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(identity[0], [.. identity.Skip(1)], offline: true);
        if (access.InsecureSkipTlsVerify)
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (authorities is not null)
            tls.CertificateChainPolicy = Trust(authorities);
        return tls;
    }

    private static X509ChainPolicy Trust(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A cluster's own authority publishes no revocations.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
