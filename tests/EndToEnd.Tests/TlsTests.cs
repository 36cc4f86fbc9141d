using System.Net;
using System.Security.Cryptography.X509Certificates;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Two processes, every port with a certificate, and the hotpath for nobody who shows none.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-e2e-tls-");
    private readonly Certificates _certificates = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task An_alert_over_https_is_repaired_over_TLS_between_the_processes()
    {
        var (server, client) = (_certificates.IssueServer(), _certificates.IssueClient("functions", []));
        var (certificate, key) = (Write("server.crt", server.Certificate), Write("server.key", server.Key));
        var authority = Write("ca.crt", _certificates.AuthorityPem);
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
            ["HotpathClient:Tls:ClientCertificateFile"] = Write("client.crt", client.Certificate),
            ["HotpathClient:Tls:ClientKeyFile"] = Write("client.key", client.Key),
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

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    private SocketsHttpHandler Trusting()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_certificates.Authority);
        return new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = policy } };
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
