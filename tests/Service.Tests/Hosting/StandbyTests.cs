using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Hosting;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Wakeups;
using Pipeline.TestControlPlane;

namespace Pipeline.Service.Tests.Hosting;

/// <summary>What the ports say while there is nothing to serve.</summary>
public sealed class StandbyTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-standby-");

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Who_cannot_reach_the_API_server_lives_is_not_ready_and_says_why(bool leaderElect, bool tls)
    {
        var ports = FreePorts.Take(3);
        var (server, http, grpc) = (ports[0], ports[1], ports[2]);
        var kubeconfig = await KubeconfigAsync(server);
        var launch = new HotpathLaunch(IPAddress.Loopback, grpc, http, _folder.FullName, ClusterKind.Kubernetes, kubeconfig, 64, AcceptLoss: false, leaderElect, "pipeline-system");
        using var certificates = new TestCertificates();
        var (certificate, key) = certificates.Server();
        var settings = new ConfigurationBuilder().AddInMemoryCollection(tls
            ? new Dictionary<string, string?> { ["Extender:Tls:CertificatePath"] = certificate, ["Extender:Tls:KeyPath"] = key }
            : []).Build();
        using var metrics = new MetricsPage();
        using var end = new CancellationTokenSource();
        await using var cluster = ClusterParts.Open(launch, settings, TimeProvider.System, NullLoggerFactory.Instance);
        Task starting = leaderElect
            ? LeadershipHost.LeadAsync(launch, settings, cluster, metrics, TimeProvider.System, NullLoggerFactory.Instance, end.Token)
            : HotpathHost.StartAsync(launch, settings, cluster, new WakeupBoard(), metrics, TimeProvider.System, NullLoggerFactory.Instance, end.Token);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, server, _, _) => server!.Subject == "CN=server" };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"{(tls ? "https" : "http")}://127.0.0.1:{http}") };

        var said = await UntilSaidAsync(client, "the cluster cannot be followed");

        Assert.Contains("Connection refused", said, StringComparison.Ordinal);
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz"));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Theory]
    [InlineData("Hotpath:Loop:MaxBatch", "0")]
    [InlineData("Hotpath:Checkpoint:EveryCommands", "0")]
    [InlineData("Extender:MaxBodyBytes", "1")]
    [InlineData("Grpc:MaxConnections", "0")]
    public async Task What_a_leader_would_refuse_to_start_with_a_standby_refuses(string setting, string value)
    {
        var ports = FreePorts.Take(3);
        var kubeconfig = await KubeconfigAsync(ports[0]);
        var launch = new HotpathLaunch(IPAddress.Loopback, ports[2], ports[1], _folder.FullName, ClusterKind.Kubernetes, kubeconfig, 64, AcceptLoss: false, LeaderElect: true, "pipeline-system");
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(setting, value)]).Build();
        using var metrics = new MetricsPage();
        await using var cluster = ClusterParts.Open(launch, settings, TimeProvider.System, NullLoggerFactory.Instance);

        var wrong = await Assert.ThrowsAsync<ValidationException>(
            () => LeadershipHost.LeadAsync(launch, settings, cluster, metrics, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None).WaitAsync(Bound));

        Assert.Contains(setting.Split(':')[^1], wrong.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> KubeconfigAsync(int server)
    {
        var path = Path.Combine(_folder.FullName, "kubeconfig");
        await File.WriteAllTextAsync(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: away
            contexts: [{ name: away, context: { cluster: away, user: away } }]
            clusters: [{ name: away, cluster: { server: "http://127.0.0.1:{{server}}" } }]
            users: [{ name: away, user: { token: none } }]
            """);
        return path;
    }

    private static async Task<string> UntilSaidAsync(HttpClient client, string what)
    {
        using var patience = new CancellationTokenSource(Bound);
        while (true)
        {
            try
            {
                using var ready = await client.GetAsync("/readyz", patience.Token);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
                var said = await ready.Content.ReadAsStringAsync(patience.Token);
                if (said.Contains(what, StringComparison.Ordinal))
                    return said;
            }
            catch (HttpRequestException)
            {
                // The port is about to be opened.
            }

            await Task.Delay(100, patience.Token);
        }
    }
}
