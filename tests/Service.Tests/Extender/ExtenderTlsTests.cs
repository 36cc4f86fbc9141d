using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tls;
using static Pipeline.Hotpath.Tests.Extender.ExtenderCalls;

namespace Pipeline.Hotpath.Tests.Extender;

public sealed class ExtenderTlsTests : IAsyncLifetime
{
    private readonly TestCertificates _certificates = new();
    private ServiceWorld _world = null!;

    public async Task InitializeAsync()
    {
        var (certificate, key) = _certificates.Server();
        _world = await ServiceWorld.StartAsync(extender: new ExtenderOptions
        {
            Tls = new ServerTlsOptions { CertificatePath = certificate, KeyPath = key, ClientCaPath = _certificates.AuthorityPath },
        });
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task Only_who_shows_a_good_certificate_is_given_places()
    {
        using var client = _certificates.Client();
        using var known = Client(client);
        Assert.Contains($"\"NodeNames\":[\"{Commands.NodeName(1)}\"]", await known.CallAsync("filter", Args(Pod("a"), Commands.NodeName(1))), StringComparison.Ordinal);

        using var nameless = Client(null);
        foreach (var verb in new[] { "filter", "prioritize", "preempt", "bind" })
            Assert.Equal("a client certificate is required\n", await nameless.CallAsync(verb, Args(Pod("b"), Commands.NodeName(1)), HttpStatusCode.Forbidden));
        Assert.Equal(1, _world.Service.Loop.Snapshot.WorkloadCount);
        Assert.Contains("pipeline_extender_calls_total{verb=\"bind\",result=\"Forbidden\"}", await nameless.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_certificate_never_connects()
    {
        using var strangers = new TestCertificates();
        using var stranger = strangers.Client();
        using var client = Client(stranger);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync("/healthz"));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Health_is_for_anybody_in_both_versions_of_HTTP(string version)
    {
        using var probe = Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/readyz") { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await probe.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, Version.Parse(version)), (response.StatusCode, response.Version));
    }

    private HttpClient Client(X509Certificate2? certificate) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, server, _, _) => server!.Subject == "CN=server",
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        },
    })
    {
        BaseAddress = _world.Http.BaseAddress,
    };
}
