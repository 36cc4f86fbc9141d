using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Kubernetes.Transport;

/// <summary>Makes and keeps the connections.</summary>
internal static class ApiHandler
{
    // The server looks at a connection's certificate with every request. Certificates are renewed hours before they run out.
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromMinutes(5);

    public static HttpMessageInvoker Create(ClusterAccess access, KubernetesClientOptions options, LeaderGate? gate)
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
            SslOptions = Tls(access),
        };
        if (access.ClientCertificate is not null)
            handler.PooledConnectionLifetime = CertificateLifetime;
        if (gate is not null)
            handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new GatedStream(context.PlaintextStream, gate));
        return new HttpMessageInvoker(handler);
    }

    private static SslClientAuthenticationOptions Tls(ClusterAccess access)
    {
        var tls = new SslClientAuthenticationOptions();
        if (access.ClientCertificate is { } certificate)
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate.Current();
        if (access.InsecureSkipTlsVerify)
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (access.Authorities.Count > 0)
            tls.CertificateChainPolicy = Trust(access.Authorities);
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
