using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tls;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Extender;

/// <summary>A real API server and kube-scheduler, whose extender is the hotpath over the same API server.</summary>
public sealed class SchedulerWorld : ControlPlaneFixture
{
    public const int Nodes = 64;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("pipeline-extender-");
    private readonly MetricsPage _metrics = new();
    private readonly List<ExtenderFront> _extenders = [];
    private StandInKubelets? _kubelets;
    private KubernetesClient? _client;
    private Hotpath.Cluster.Kubernetes.KubernetesCluster? _cluster;
    private HotpathService? _service;
    private WebApplication? _http;

    public HotpathService Service => _service!;

    public string ExtenderAddress => _http!.Urls.Single();

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (!ControlPlane.MayStart)
            return;
        _kubelets = StandInKubelets.Start(Plane);
        await _kubelets.AddNodesAsync(Nodes);
        _client = new KubernetesClient(ClusterAccessLoader.Load(await ProductRights.InstallAsync(Plane), context: null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        _cluster = new Hotpath.Cluster.Kubernetes.KubernetesCluster(_client, new KubernetesOptions(), TimeProvider.System, NullLogger<Hotpath.Cluster.Kubernetes.KubernetesCluster>.Instance);
        _service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = _data.FullName }, _cluster, new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default);
        _http = await StartExtenderAsync(new ServerTlsOptions());
        await Plane.StartSchedulerAsync(SchedulerSample.With(ExtenderAddress));
    }

    public override async Task DisposeAsync()
    {
        // Backwards: nobody is called who is gone.
        await (_http?.DisposeAsync() ?? default);
        await (_service?.DisposeAsync() ?? default);
        await (_cluster?.DisposeAsync() ?? default);
        await (_kubelets?.DisposeAsync() ?? default);
        _client?.Dispose();
        _extenders.ForEach(extender => extender.Dispose());
        _metrics.Dispose();
        await base.DisposeAsync();
        _data.Delete(recursive: true);
    }

    /// <summary>The extender on a port of its own.</summary>
    public async Task<WebApplication> StartExtenderAsync(ServerTlsOptions tls)
    {
        var front = new ExtenderFront(Service.Nominations, new ExtenderOptions { Tls = tls }, TimeProvider.System, NullLogger<ExtenderFront>.Instance);
        _extenders.Add(front);
        var endpoint = new HttpEndpoint(0, ServerTls.Load("Extender:Tls", tls, TimeProvider.System, NullLoggerFactory.Instance, strangersMayConnect: true));
        return await HotpathWebHost.StartHttpAsync(Service, front, _metrics, IPAddress.Loopback, endpoint, NullLoggerFactory.Instance);
    }

    /// <summary>A pod of kube-scheduler's.</summary>
    /// <param name="priority">Its PriorityClass.</param>
    public Task<JsonNode> CreatePodAsync(string name, int gpus, string gang = "", int min = 0, string? priority = null)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (gang.Length > 0)
        {
            metadata["labels"] = new JsonObject { ["pipeline.gpu/gang"] = gang };
            metadata["annotations"] = new JsonObject { ["pipeline.gpu/gang-min"] = $"{min}" };
        }

        var container = new JsonObject { ["name"] = "main", ["image"] = "none", ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["nvidia.com/gpu"] = $"{gpus}" } } };
        return Plane.Api.PostAsync(PodsPath, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(container), ["priorityClassName"] = priority },
        });
    }

    /// <summary>What kube-scheduler says of a pod that it could not schedule; empty: nothing yet.</summary>
    public async Task<string> ProblemOfAsync(string pod)
    {
        var conditions = (await Plane.Api.GetAsync($"{PodsPath}/{pod}"))["status"]!["conditions"]?.AsArray();
        return (string?)conditions?.FirstOrDefault(condition => (string?)condition!["type"] == "PodScheduled")?["message"] ?? "";
    }

    public async Task<IReadOnlyList<JsonNode>> EventsAsync(string reason)
        => [.. (await Plane.Api.GetAsync($"/api/v1/namespaces/default/events?fieldSelector=reason%3D{reason}"))["items"]!.AsArray().Select(item => item!)];

    /// <summary>The pods whose names begin so, with a node.</summary>
    public async Task<IReadOnlyList<JsonNode>> BoundAsync(string prefix)
    {
        var pods = await Plane.Api.GetAsync(PodsPath);
        return [.. pods["items"]!.AsArray().Where(pod => ((string)pod!["metadata"]!["name"]!).StartsWith(prefix, StringComparison.Ordinal) && pod["spec"]!["nodeName"] is not null)!];
    }

    public Task UntilBoundAsync(string prefix, int count) => Eventually.TrueAsync(
        $"{count} bound pods {prefix}", TimeSpan.FromMinutes(3), async () => (await BoundAsync(prefix)).Count == count, () => Plane.LogTails);

    private const string PodsPath = "/api/v1/namespaces/default/pods";
}
