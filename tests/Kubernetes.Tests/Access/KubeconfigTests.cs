using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Access;

public sealed class KubeconfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_current_context_leads_to_a_cluster_and_a_user()
    {
        var (certificate, key) = Pem();
        _folder.Write("pki/ca.crt", certificate);
        var path = _folder.Write("config", $$"""
            apiVersion: v1
            kind: Config
            current-context: prod
            contexts:
            - {name: other, context: {cluster: c2, user: u2} }
            - {name: prod, context: {cluster: c1, user: u1, namespace: team} }
            clusters:
            - name: c1
              cluster: {server: "https://10.0.0.1:6443", certificate-authority: pki/ca.crt, tls-server-name: kubernetes, proxy-url: "http://proxy:3128"}
            - {name: c2, cluster: {server: "https://10.0.0.2:6443", insecure-skip-tls-verify: true} }
            users:
            - name: u1
              user: {client-certificate-data: {{Base64(certificate)}}, client-key-data: {{Base64(key)}}, token: secret}
            - {name: u2, user: {token: other-secret} }
            """);
        var access = Kubeconfig.Load([path], null, _time);
        Assert.Equal(new Uri("https://10.0.0.1:6443"), access.Server);
        Assert.Equal("team", access.Namespace);
        Assert.Equal("kubernetes", access.TlsServerName);
        Assert.Equal(new Uri("http://proxy:3128"), access.Proxy);
        Assert.Single(access.Authorities!.Current());
        Assert.True(access.ClientCertificate!.Current()[0].HasPrivateKey);
        Assert.Equal("secret", await access.Credentials.TokenAsync(default));

        var other = Kubeconfig.Load([path], "other", _time);
        Assert.True(other.InsecureSkipTlsVerify);
        Assert.Equal("default", other.Namespace);
        Assert.Equal("other-secret", await other.Credentials.TokenAsync(default));
    }

    [Fact]
    public async Task Of_several_files_the_first_that_has_an_entry_counts_and_paths_are_meant_from_their_own_file()
    {
        _folder.Write("b/token", "from-b");
        var first = _folder.Write("a/config", "contexts: [{name: x, context: {cluster: c, user: u}}]");
        var second = _folder.Write("b/config", """
            current-context: x
            contexts: [{name: x, context: {cluster: nowhere, user: u}}]
            clusters: [{name: c, cluster: {server: "https://h:1"}}]
            users: [{name: u, user: {tokenFile: token}}]
            """);
        var access = ClusterAccessLoader.Load(
            null, null, name => name == "KUBECONFIG" ? string.Join(Path.PathSeparator, "/does/not/exist", first, second) : null, _folder.Path, _time);
        Assert.Equal("https://h:1/", access.Server.AbsoluteUri);
        Assert.Equal("from-b", await access.Credentials.TokenAsync(default));
    }

    [Theory]
    [InlineData("", "no such kubeconfig file, or it is empty")]
    [InlineData("a: [", "is not YAML")]
    [InlineData("- a", "must be a mapping")]
    [InlineData("contexts: []", "current-context is missing")]
    [InlineData("current-context: x", "the context 'x' is not in contexts")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {user: u}}]}", "contexts[0].context.cluster is missing")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c}}]}", "'c', which FILE: contexts[0].context.cluster names, is not in clusters")]
    [InlineData("{current-context: x, contexts: [{name: x}]}", "contexts[0].context is missing")]
    [InlineData("{current-context: x, contexts: x}", "contexts must be a list")]
    [InlineData("CLUSTER {}", "clusters[0].cluster.server is missing")]
    [InlineData("CLUSTER {server: 'ftp://x'}", "clusters[0].cluster.server must be http://host:port or https://host:port")]
    [InlineData("CLUSTER {server: 'https://x', certificate-authority: none.crt}", "clusters[0].cluster.certificate-authority names 'FOLDER/none.crt', which cannot be read")]
    [InlineData("CLUSTER {server: 'https://x', certificate-authority-data: '%%'}", "clusters[0].cluster.certificate-authority-data is not base64")]
    [InlineData("CLUSTER {server: 'https://x', certificate-authority-data: 'aGFsbG8='}", "clusters[0].cluster.certificate-authority holds no certificate in PEM")]
    [InlineData("CLUSTER {server: 'https://x', insecure-skip-tls-verify: maybe}", "clusters[0].cluster.insecure-skip-tls-verify must be true or false")]
    [InlineData("USER {client-certificate-data: 'aGFsbG8='}", "users[0].user.client-key is missing")]
    [InlineData("USER {client-certificate-data: 'aGFsbG8=', client-key-data: 'aGFsbG8='}", "users[0].user.client-certificate and client-key are not")]
    [InlineData("USER {username: admin, password: secret}", "users[0].user.username is not supported")]
    [InlineData("USER {token: t, as: root}", "users[0].user.as is not supported")]
    [InlineData("USER {token: t, as-groups: [a]}", "users[0].user.as-groups is not supported")]
    [InlineData("USER {auth-provider: {name: gcp}}", "users[0].user.auth-provider is not supported")]
    [InlineData("USER {exec: {command: x}}", "users[0].user.exec.apiVersion is missing")]
    [InlineData("USER {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}", "users[0].user.exec.apiVersion must be")]
    [InlineData("USER {exec: {apiVersion: client.authentication.k8s.io/v1}}", "users[0].user.exec.command is missing")]
    public void An_error_names_the_file_and_the_field_and_no_secret(string text, string problem)
    {
        const string Context = "{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], ";
        if (text.StartsWith("CLUSTER ", StringComparison.Ordinal))
            text = $"{Context}clusters: [{{name: c, cluster: {text[8..]}}}], users: [{{name: u, user: {{}}}}]}}";
        if (text.StartsWith("USER ", StringComparison.Ordinal))
            text = $"{Context}clusters: [{{name: c, cluster: {{server: 'https://x'}}}}], users: [{{name: u, user: {text[5..]}}}]}}";
        var path = _folder.Write("config", text);
        var message = Assert.Throws<ClusterAccessException>(() => Kubeconfig.Load([path], null, _time)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(problem.Replace("FILE", path, StringComparison.Ordinal).Replace("FOLDER", _folder.Path, StringComparison.Ordinal), message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static (string Certificate, string Key) Pem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
