using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Access;

public sealed class ClientCertificateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    /// <param name="where">Files, as the kubelet's, or in the kubeconfig itself, as kubeadm's.</param>
    [Theory]
    [InlineData("files")]
    [InlineData("data")]
    public async Task A_certificate_that_is_renewed_is_shown_when_the_next_connection_is_made(string where)
    {
        var shown = new ConcurrentQueue<string?>();
        await using var server = await ApiDouble.StartAsync((context, _) =>
        {
            shown.Enqueue(context.Connection.ClientCertificate?.Subject);
            context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose();
            return context.JsonAsync(Says.Node("n", 1));
        });
        var path = Write(where, "first");
        var certificate = Kubeconfig.Load([path], null, _time).ClientCertificate;
        using var client = server.Client(access: access => access with { ClientCertificate = certificate });

        await client.GetAsync(Kinds.Nodes, "n");
        Write(where, "second");
        _time.Advance(TimeSpan.FromMinutes(1));
        await client.GetAsync(Kinds.Nodes, "n");

        Assert.Equal(["CN=first", "CN=second"], shown);
    }

    [Fact]
    public void Between_the_writes_of_certificate_and_key_the_one_before_is_shown()
    {
        var certificate = Kubeconfig.Load([Write("files", "first")], null, _time).ClientCertificate!;
        var (renewed, key) = Pem("second");

        _folder.Write("client.crt", renewed);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=first", certificate.Current().Subject);
        _folder.Write("client.key", key);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", certificate.Current().Subject);
        _folder.Write("config", "");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", certificate.Current().Subject);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string where, string name)
    {
        var (certificate, key) = Pem(name);
        if (where == "files")
        {
            _folder.Write("client.crt", certificate);
            _folder.Write("client.key", key);
        }

        var user = where == "files"
            ? "client-certificate: client.crt, client-key: client.key"
            : $"client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}";
        return _folder.Write("config", $$"""
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "https://h:1"} }]
            users: [{name: u, user: { {{user}} } }]
            """);
    }

    private static (string Certificate, string Key) Pem(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
