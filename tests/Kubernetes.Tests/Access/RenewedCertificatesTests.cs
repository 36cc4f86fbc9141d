using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Access;

public sealed class RenewedCertificatesTests : IDisposable
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
        Assert.Equal("CN=first", certificate.Current()[0].Subject);
        _folder.Write("client.key", key);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", certificate.Current()[0].Subject);
        _folder.Write("config", "");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", certificate.Current()[0].Subject);
    }

    /// <param name="where">Of the pod that we run in, or of a kubeconfig.</param>
    [Theory]
    [InlineData("pod")]
    [InlineData("files")]
    public async Task An_authority_that_is_renewed_is_trusted_when_the_next_connection_is_made(string where)
    {
        var (old, renewed) = (Signed("kubernetes", null), Signed("kubernetes", null));
        var (first, second) = (Signed("server", old), Signed("server", renewed));
        var shown = first;
        await using var server = await ApiDouble.StartAsync(
            (context, _) => context.JsonAsync(Says.Node("n", 1)),
            https => https.ServerCertificateSelector = (_, _) => shown);
        var file = _folder.Write("ca.crt", old.ExportCertificatePem());
        var authorities = Load().Authorities;
        using var client = Client();
        await client.GetAsync(Kinds.Nodes, "n");

        shown = second;
        using (var another = Client())
            await Assert.ThrowsAsync<KubernetesException>(() => another.GetAsync(Kinds.Nodes, "n"));
        // While servers go over one by one, some show the old one.
        _folder.Write("ca.crt", old.ExportCertificatePem() + "\n" + renewed.ExportCertificatePem());
        _time.Advance(TimeSpan.FromMinutes(1));
        await client.GetAsync(Kinds.Nodes, "n");
        shown = first;
        using (var another = Client())
            await another.GetAsync(Kinds.Nodes, "n");
        _folder.Write("ca.crt", renewed.ExportCertificatePem());
        _time.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(Kinds.Nodes, "n"));
        File.Delete(file);
        _time.Advance(TimeSpan.FromMinutes(1));
        shown = second;
        await client.GetAsync(Kinds.Nodes, "n");

        KubernetesClient Client() => server.Client(change: options => options with { Retries = 0 }, access: access => access with { Authorities = authorities });

        ClusterAccess Load()
        {
            _folder.Write("token", "t");
            return where == "pod"
                ? InCluster.Load(name => name.EndsWith("HOST", StringComparison.Ordinal) ? "127.0.0.1" : "1", _time, _folder.Path)
                : Kubeconfig.Load([_folder.Write("config", """
                    current-context: x
                    contexts: [{name: x, context: {cluster: c} }]
                    clusters: [{name: c, cluster: {server: "https://h:1", certificate-authority: ca.crt} }]
                    """)], null, _time);
        }
    }

    [Fact]
    public async Task Connections_stay_while_the_certificates_are_the_same()
    {
        var connections = new ConcurrentDictionary<string, bool>();
        await using var server = await ApiDouble.StartAsync((context, _) =>
        {
            connections.TryAdd(context.Connection.Id, true);
            return context.JsonAsync(Says.Node("n", 1));
        });
        _folder.Write("ca.crt", server.Access.Authorities!.Current()[0].ExportCertificatePem());
        _folder.Write("token", "t");
        var authorities = InCluster.Load(name => name.EndsWith("HOST", StringComparison.Ordinal) ? "127.0.0.1" : "1", _time, _folder.Path).Authorities;
        using var client = server.Client(access: access => access with { Authorities = authorities });

        await client.GetAsync(Kinds.Nodes, "n");
        _time.Advance(TimeSpan.FromMinutes(1));
        await client.GetAsync(Kinds.Nodes, "n");

        Assert.Single(connections);
    }

    [Fact]
    public async Task Those_that_a_certificate_is_signed_with_are_shown_with_it()
    {
        var sent = new ConcurrentQueue<string>();
        await using var server = await ApiDouble.StartAsync(
            (context, _) => context.JsonAsync(Says.Node("n", 1)),
            https => https.ClientCertificateValidation = (_, chain, _) =>
            {
                foreach (var certificate in chain!.ChainPolicy.ExtraStore)
                    sent.Enqueue(certificate.Subject);
                return true;
            });
        var root = Signed("root", null);
        var between = Signed("between", root);
        var leaf = Signed("leaf", between);
        var path = Write("files", "unused");
        _folder.Write("client.crt", leaf.ExportCertificatePem() + "\n" + between.ExportCertificatePem());
        _folder.Write("client.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using var client = server.Client(access: access => access with { ClientCertificate = Kubeconfig.Load([path], null, _time).ClientCertificate });

        await client.GetAsync(Kinds.Nodes, "n");

        Assert.Contains("CN=between", sent);
    }

    public void Dispose() => _folder.Dispose();

    private static X509Certificate2 Signed(string name, X509Certificate2? by)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: name is not ("leaf" or "server"), false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (by is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(by, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var (from, until) = (TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        return by is null
            ? request.CreateSelfSigned(from, until)
            : request.Create(by, from, until, Encoding.ASCII.GetBytes(name)).CopyWithPrivateKey(key);
    }

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
