using Pipeline.Hotpath.Tls;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Extender;

/// <summary>The configuration for operators with the lines for TLS in force.</summary>
public sealed class KubeSchedulerTlsTests(SchedulerWorld world) : IClassFixture<SchedulerWorld>, IDisposable
{
    private readonly CertificateFiles _files = new("kube-scheduler");

    [ControlPlaneFact]
    public async Task Kube_scheduler_shows_its_certificate_and_is_answered()
    {
        var tls = new ServerTlsOptions { CertificatePath = _files.ServerPath, KeyPath = _files.ServerKeyPath, ClientCaPath = _files.AuthorityPath };
        await using var extender = await world.StartExtenderAsync(tls);
        await world.Plane.StartSchedulerAsync(SchedulerSample.WithTls(extender.Urls.Single(), _files.Folder));

        await world.CreatePodAsync("secure", 1);
        await world.UntilBoundAsync("secure", 1);

        // The extender has bound it: only that one writes down which GPUs a pod has.
        Assert.NotNull((await world.BoundAsync("secure")).Single()["metadata"]!["annotations"]!["pipeline.gpu/gpus"]);
    }

    public void Dispose() => _files.Dispose();
}
