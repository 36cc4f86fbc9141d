using System.Net;
using System.Security.Cryptography.X509Certificates;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Two processes, every port with a certificate, and the hotpath for nobody who shows none.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly CertificateFiles _files = new("functions");

    [Fact]
    public async Task An_alert_over_https_is_repaired_over_TLS_between_the_processes()
    {
        var (certificate, key, authority) = (_files.ServerPath, _files.ServerKeyPath, _files.AuthorityPath);
        using var product = new Product(new Dictionary<string, string>
        {
            ["Http:Tls:CertificatePath"] = certificate,
            ["Http:Tls:KeyPath"] = key,
            ["Grpc:Tls:CertificatePath"] = certificate,
            ["Grpc:Tls:KeyPath"] = key,
            ["Grpc:Tls:ClientCaPath"] = authority,
            ["Extender:Tls:CertificatePath"] = certificate,
            ["Extender:Tls:KeyPath"] = key,
            ["Extender:Tls:ClientCaPath"] = authority,
            ["HotpathClient:Tls:CaFile"] = authority,
            ["HotpathClient:Tls:ClientCertificateFile"] = _files.ClientPath,
            ["HotpathClient:Tls:ClientKeyFile"] = _files.ClientKeyPath,
        })
        {
            Split = true,
            Scheme = "https",
            Http = new HttpClient(Trusting()),
        };
        await product.StartAsync();

        await AlertToRepairTests.BreakAsync(product, "gpu-0012", "xid79", gpu: 3);
        using (var accepted = await product.PostAsync("/api/grafana", Notifications.OfXid79("gpu-0012", "0012")))
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var run = await product.EndedRunOfAsync("gpu-0012", Bound);
        Assert.True(run.GetProperty("state").GetString() == "Healthy", $"{run}\n{product.Output}");

        using var ready = await product.Http.GetAsync(new Uri(product.HotpathAddress, "/readyz"));
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        using var stranger = await product.Http.PostAsync(new Uri(product.HotpathAddress, "/extender/filter"), new StringContent("{}"));
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => product.Http.GetAsync(new Uri($"https://127.0.0.1:{product.GrpcPort}/")));
        foreach (var port in new[] { product.Address, product.HotpathAddress })
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => product.Http.GetAsync(new Uri($"http://127.0.0.1:{port.Port}/readyz")));
    }

    public void Dispose() => _files.Dispose();

    private SocketsHttpHandler Trusting()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_files.Authority);
        return new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = policy } };
    }
}
