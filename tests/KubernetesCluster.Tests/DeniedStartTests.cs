using System.Net;
using Microsoft.Extensions.Configuration;
using Pipeline.Hotpath.Hosting;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Wakeups;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.Scheduling.Repair;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Without the right to read the runs a process stays, says so, and neither leads nor acts before it has them.</summary>
[Collection(nameof(InstalledFixture))]
public sealed class DeniedStartTests(InstalledFixture fixture) : IDisposable
{
    private const string Missing = "cannot list resource \"noderepairs\"";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("pipeline-k8s-");
    private readonly MetricsPage _metrics = new();
    private readonly LogBook _log = new();
    private readonly IConfiguration _settings = new ConfigurationBuilder().Build();

    // A connection to the ports of the standby ends with them, and must not be taken for one to the leader's.
    private readonly HttpClient _http = new() { DefaultRequestHeaders = { ConnectionClose = true } };

    [ControlPlaneFact]
    public async Task A_process_that_may_not_read_the_runs_waits_and_takes_them_over_when_it_may()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("norepairs")))[0];
        string run;
        await using (var before = await World.StartAsync(fixture, "norepairs"))
        {
            run = await Faults.BreakAsync(before, node);
            await World.UntilAsync("the record", async () => await fixture.Plane.Api.FindAsync($"/apis/pipeline.gpu/v1alpha1/noderepairs/{run}") is { } record && (string?)record["status"]?["state"] == "Quarantined");
            await World.UntilAsync("the mark", async () => (await before.NodeAsync(node)).ToJsonString().Contains(run, StringComparison.Ordinal));
        }

        await using var rights = await WithoutListAsync();
        await fixture.Plane.Api.PostAsync("/api/v1/namespaces/norepairs/pods", Manifests.Pod("p", spec: Manifests.InGroup("norepairs")));
        var launch = Launch(leaderElect: false);
        await using var cluster = ClusterParts.Open(launch, _settings, TimeProvider.System, _log);
        var starting = StartAsync(launch, cluster, leadership: null);
        await UntilMissedAsync(launch);
        Assert.Single(_log.Lines, line => line.Contains("does not allow 'list' on 'noderepairs.pipeline.gpu' (Forbidden)", StringComparison.Ordinal));
        Assert.False(starting.IsCompleted);
        Assert.Null(await NodeOfAsync("p"));
        await rights.GiveBackAsync();

        await using var host = await starting.WaitAsync(World.Bound);
        Assert.Equal((RunState.Quarantined, StepKind.Reboot), host.Service.Loop.Snapshot.Repair.RunById(run) is { } resumed ? (resumed.State, resumed.Step) : default);
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync(launch)).Status);
        await World.UntilAsync("the binding", async () => await NodeOfAsync("p") is { } there && there != node);
    }

    [ControlPlaneFact]
    public async Task Who_may_not_read_the_runs_does_not_ask_to_lead_and_a_leader_that_may_not_any_more_is_not_ready()
    {
        var launch = Launch(leaderElect: true);
        await using var cluster = ClusterParts.Open(launch, _settings, TimeProvider.System, _log);
        Rights rights;
        LeadershipHost? leadership;
        await using (rights = await WithoutListAsync())
        {
            var electing = LeadershipHost.LeadAsync(launch, _settings, cluster, _metrics, TimeProvider.System, _log, default);
            await UntilMissedAsync(launch);
            Assert.Null(await fixture.Plane.Api.FindAsync("/apis/coordination.k8s.io/v1/namespaces/pipeline-system/leases/pipeline"));
            await rights.GiveBackAsync();
            leadership = await electing.WaitAsync(World.Bound);
        }

        await using (leadership)
        await using (rights = await WithoutListAsync())
        {
            var starting = StartAsync(launch, cluster, leadership);
            await UntilMissedAsync(launch);
            Assert.False(starting.IsCompleted);
            await rights.GiveBackAsync();
            await using var host = await starting.WaitAsync(World.Bound);
            Assert.Equal(HttpStatusCode.OK, (await ReadyAsync(launch)).Status);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _metrics.Dispose();
        _log.Dispose();
        _data.Delete(recursive: true);
    }

    private Task<Rights> WithoutListAsync() => Rights.WithoutAsync(fixture.Plane, "list", "noderepairs", "pipeline.gpu");

    private Task<HotpathHost> StartAsync(HotpathLaunch launch, ClusterParts cluster, LeadershipHost? leadership)
        => HotpathHost.StartAsync(launch, _settings, cluster, new WakeupBoard(), _metrics, TimeProvider.System, _log, default, leadership: leadership);

    private Task UntilMissedAsync(HotpathLaunch launch)
    {
        var said = "";
        return World.UntilAsync("the word about what is missing", async () =>
        {
            (var status, said) = await ReadyAsync(launch);
            return status == HttpStatusCode.ServiceUnavailable && said.Contains(Missing, StringComparison.Ordinal);
        }, () => said);
    }

    private async Task<(HttpStatusCode Status, string Said)> ReadyAsync(HotpathLaunch launch)
    {
        try
        {
            using var ready = await _http.GetAsync(new Uri($"http://127.0.0.1:{launch.HttpPort}/readyz"));
            return (ready.StatusCode, await ready.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException exception)
        {
            return (default, exception.Message);
        }
    }

    private async Task<string?> NodeOfAsync(string pod) => (string?)(await fixture.Plane.Api.GetAsync($"/api/v1/namespaces/norepairs/pods/{pod}"))["spec"]!["nodeName"];

    private HotpathLaunch Launch(bool leaderElect)
    {
        var ports = FreePorts.Take(2);
        return new(IPAddress.Loopback, ports[0], ports[1], _data.FullName, ClusterKind.Kubernetes, fixture.Kubeconfig, 64, AcceptLoss: false, leaderElect, "pipeline-system");
    }
}
