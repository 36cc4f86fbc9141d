using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Tests.Support;

namespace Pipeline.Contracts.Tests.Client;

public sealed class TlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-tls-").FullName;
    private readonly X509Certificate2 _authority = Authority("the authority");
    private readonly X509Certificate2 _stranger = Authority("a stranger");

    [Fact]
    public async Task A_server_is_trusted_by_the_authority_that_is_named_and_a_client_by_its_certificate()
    {
        using var certificate = Issue(_authority, "127.0.0.1");
        using var client = Issue(_authority, "functions");
        string? seen = null;
        await using var server = await TestServer.StartAsync(
            async http =>
            {
                seen = http.Connection.ClientCertificate?.Subject;
                await http.ReplyAsync(Answers.Frame(TestServer.Serving));
            },
            certificate: certificate, clientAuthority: _authority);
        var tls = Shown(client);
        using (var channel = server.Channel(options => options with { Tls = tls }))
            Assert.Equal(TestServer.Serving, await channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal("CN=functions", seen);

        using var nameless = server.Channel(options => options with { Tls = tls with { ClientCertificateFile = null, ClientKeyFile = null } });
        await Assert.ThrowsAsync<GrpcCallException>(() => nameless.CallAsync(TestServer.Ask, TestServer.Request));
    }

    [Fact]
    public async Task A_certificate_that_is_renewed_is_shown_on_the_next_connection()
    {
        using var certificate = Issue(_authority, "127.0.0.1");
        using var first = Issue(_authority, "first");
        using var second = Issue(_authority, "second");
        var (seen, hangUp) = ("", false);
        await using var server = await TestServer.StartAsync(
            http =>
            {
                seen = http.Connection.ClientCertificate!.Subject;
                if (hangUp)
                    http.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
                return http.ReplyAsync(Answers.Frame(TestServer.Serving));
            },
            certificate: certificate, clientAuthority: _authority);
        using var channel = server.Channel(options => options with { Tls = Shown(first) });
        await channel.CallAsync(TestServer.Ask, TestServer.Request);
        Shown(second);
        hangUp = true;
        await Assert.ThrowsAsync<GrpcCallException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal("CN=first", seen);
        hangUp = false;
        await channel.CallAsync(TestServer.Ask, TestServer.Request);
        Assert.Equal("CN=second", seen);
    }

    [Theory]
    [InlineData(true, "127.0.0.1")]
    [InlineData(false, "other.example")]
    public async Task A_server_of_another_authority_or_name_is_unavailable(bool strange, string name)
    {
        using var certificate = Issue(strange ? _stranger : _authority, name);
        await using var server = await TestServer.StartAsync(http => http.ReplyAsync(Answers.Frame(TestServer.Serving)), certificate: certificate);
        using var channel = server.Channel(options => options with { Tls = new GrpcTlsOptions { CaFile = Write("ca.pem", _authority.ExportCertificatePem()) } });
        var failure = await Assert.ThrowsAsync<GrpcCallException>(() => channel.CallAsync(TestServer.Ask, TestServer.Request));
        Assert.Equal(GrpcStatusCode.Unavailable, failure.Status);
    }

    [Fact]
    public void A_file_that_cannot_be_used_is_named_with_its_setting()
    {
        var missing = Assert.Throws<ArgumentException>(() => Channel(new GrpcTlsOptions { CaFile = Path.Combine(_folder, "none.pem") }));
        Assert.StartsWith("Tls.CaFile:", missing.Message, StringComparison.Ordinal);
        var empty = Assert.Throws<ArgumentException>(() => Channel(new GrpcTlsOptions { CaFile = Write("empty.pem", "") }));
        Assert.StartsWith("Tls.CaFile:", empty.Message, StringComparison.Ordinal);
        var alone = Assert.Throws<ArgumentException>(() => Channel(new GrpcTlsOptions { ClientKeyFile = "key.pem" }));
        Assert.StartsWith("Tls.ClientKeyFile:", alone.Message, StringComparison.Ordinal);

        static void Channel(GrpcTlsOptions tls) => new GrpcChannel(new GrpcChannelOptions { Address = new Uri("https://127.0.0.1:1"), Tls = tls }, TimeProvider.System).Dispose();
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        // A key that lives only in memory cannot be used for TLS on every system.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private GrpcTlsOptions Shown(X509Certificate2 client) => new()
    {
        CaFile = Write("ca.pem", _authority.ExportCertificatePem()),
        ClientCertificateFile = Write("client.pem", client.ExportCertificatePem()),
        ClientKeyFile = Write("client.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
    };

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
