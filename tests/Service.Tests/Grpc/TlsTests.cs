using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Calls_go_over_TLS()
    {
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { Tls = Server() });
        Assert.Equal("", await CallerAsync(world, null));
    }

    [Fact]
    public async Task A_client_with_a_good_certificate_is_known_by_it()
    {
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { Tls = Server(clients: true) });
        using var client = _certificates.Client();
        Assert.Equal("CN=client", await CallerAsync(world, client));
    }

    [Fact]
    public async Task A_client_without_a_good_certificate_is_turned_away()
    {
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { Tls = Server(clients: true) });
        using var strangers = new TestCertificates();
        using var stranger = strangers.Client();
        using var expired = _certificates.Client(shiftDays: -5);
        using var server = _certificates.Client(usage: "1.3.6.1.5.5.7.3.1");
        foreach (var bad in new[] { null, stranger, expired, server })
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => CallerAsync(world, bad));
        using var good = _certificates.Client();
        Assert.Equal("CN=client", await CallerAsync(world, good));
    }

    [Fact]
    public async Task A_certificate_may_be_optional_but_a_bad_one_never_passes()
    {
        var tls = Server(clients: true);
        tls.RequireClientCertificate = false;
        await using var world = await GrpcWorld.StartAsync(new GrpcOptions { Tls = tls });
        using var strangers = new TestCertificates();
        using var stranger = strangers.Client();
        Assert.Equal("", await CallerAsync(world, null));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => CallerAsync(world, stranger));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_is_found_at_the_start()
    {
        var (certificate, _) = _certificates.Server();
        var other = _certificates.Write("other.key", System.Security.Cryptography.RSA.Create(2048).ExportPkcs8PrivateKeyPem());
        var empty = _certificates.Write("empty.pem", "");
        await RefusedAsync("CertificatePath", new ServerTlsOptions { CertificatePath = "/no/such/file.pem" });
        await RefusedAsync("CertificatePath", new ServerTlsOptions { CertificatePath = empty });
        await RefusedAsync("CertificatePath", new ServerTlsOptions { CertificatePath = certificate, KeyPath = other });
        await RefusedAsync("CertificatePath", new ServerTlsOptions { KeyPath = other });
        await RefusedAsync("CertificatePath", new ServerTlsOptions { ClientCaPath = _certificates.AuthorityPath });
        var (expired, key) = _certificates.Server(shiftDays: -5);
        await RefusedAsync("CertificatePath", new ServerTlsOptions { CertificatePath = expired, KeyPath = key });
        var tls = Server();
        tls.ClientCaPath = empty;
        await RefusedAsync("ClientCaPath", tls);
    }

    [Fact]
    public async Task A_setting_out_of_range_is_named()
    {
        var refused = await Assert.ThrowsAsync<ValidationException>(() => GrpcWorld.StartAsync(new GrpcOptions { StreamQueue = 0 }));
        Assert.Contains(nameof(GrpcOptions.StreamQueue), refused.Message);
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData(null, true, false)]
    [InlineData("/ca.pem", true, true)]
    [InlineData("/ca.pem", false, false)]
    public void Only_an_authority_whose_certificates_are_required_keeps_strangers_out(string? authority, bool required, bool keeps)
        => Assert.Equal(keeps, new ServerTlsOptions { ClientCaPath = authority, RequireClientCertificate = required }.KeepsStrangersOut);

    private static async Task RefusedAsync(string setting, ServerTlsOptions tls)
    {
        var refused = await Assert.ThrowsAsync<ValidationException>(() => GrpcWorld.StartAsync(new GrpcOptions { Tls = tls }));
        Assert.StartsWith($"Grpc:Tls:{setting}:", refused.Message);
    }

    private static async Task<string> CallerAsync(GrpcWorld world, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, server, _, _) => server!.Subject == "CN=server",
                // Whatever authorities the server names, this one is sent.
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            },
        };
        using var client = new HttpClient(handler)
        {
            BaseAddress = world.Host.Address,
            DefaultRequestVersion = System.Net.HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return (await client.CallAsync(TestCalls.Unary, new SimpleRequest())).Reply(SimpleResponse.Parser).Username;
    }

    private ServerTlsOptions Server(bool clients = false)
    {
        var (certificate, key) = _certificates.Server();
        return new ServerTlsOptions { CertificatePath = certificate, KeyPath = key, ClientCaPath = clients ? _certificates.AuthorityPath : null };
    }
}
