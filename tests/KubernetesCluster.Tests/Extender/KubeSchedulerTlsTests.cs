using Pipeline.Hotpath.Tls;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Extender;

/// <summary>The configuration for operators with the lines for TLS in force.</summary>
public sealed class KubeSchedulerTlsTests(SchedulerWorld world) : IClassFixture<SchedulerWorld>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-extender-tls-");
    private readonly Certificates _certificates = new(TimeProvider.System.GetUtcNow());

    [ControlPlaneFact]
    public async Task Kube_scheduler_shows_its_certificate_and_is_answered()
    {
        var (server, client) = (_certificates.IssueServer(), _certificates.IssueClient("kube-scheduler", []));
        var tls = new ServerTlsOptions
        {
            CertificatePath = Write("server.crt", server.Certificate),
            KeyPath = Write("server.key", server.Key),
            ClientCaPath = Write("ca.crt", _certificates.AuthorityPem),
        };
        await using var extender = await world.StartExtenderAsync(tls);
        Write("tls.crt", client.Certificate);
        Write("tls.key", client.Key);
        await world.Plane.StartSchedulerAsync(SchedulerSample.WithTls(extender.Urls.Single(), _folder.FullName));

        await world.CreatePodAsync("secure", 1);
        await world.UntilBoundAsync("secure", 1);

        // The extender has bound it: only that one writes down which GPUs a pod has.
        Assert.NotNull((await world.BoundAsync("secure")).Single()["metadata"]!["annotations"]!["pipeline.gpu/gpus"]);
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
