using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Repairs;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Scheduling.Snapshots;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>The service over the real API server. Each test has a namespace and nodes of its own; the model holds those of all.</summary>
internal sealed class World : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly KubernetesClient _client;
    private readonly string _data;
    private readonly bool _ownsData;
    private readonly string _scheduler;
    private HotpathService? _service;
    private NodeRepairs? _records;

    private World(ClusterFixture fixture, string space, KubernetesClient client, Hotpath.Cluster.Kubernetes.KubernetesCluster cluster, string scheduler, string? data)
    {
        _scheduler = scheduler;
        (Fixture, Space, _client, Cluster) = (fixture, space, client, cluster);
        _ownsData = data is null;
        _data = data ?? Directory.CreateTempSubdirectory("pipeline-k8s-").FullName;
    }

    public ClusterFixture Fixture { get; }

    public ControlPlane Plane => Fixture.Plane;

    /// <summary>Namespace of the test.</summary>
    public string Space { get; }

    public Hotpath.Cluster.Kubernetes.KubernetesCluster Cluster { get; }

    public HotpathService Service => _service ?? throw new InvalidOperationException("The service has not started.");

    public ClusterSnapshot Snapshot => Service.Loop.Snapshot;

    /// <param name="policy">What a policy file would say.</param>
    /// <param name="setPolicy">What else is in force from the start on.</param>
    /// <param name="server">Where the product finds the API server; null: where it is.</param>
    /// <param name="time">The engine's.</param>
    public static async Task<World> StartAsync(
        ClusterFixture fixture, string space, string? data = null, Action<KubernetesOptions>? configure = null, bool create = true, IWakeups? wakeups = null,
        SchedulingPolicy? policy = null, Func<HotpathService, Task>? setPolicy = null, ILoggerFactory? loggers = null, Uri? server = null, TimeProvider? time = null)
    {
        if (create)
            await fixture.Plane.KubectlAsync("create", "namespace", space);
        var world = Without(fixture, space, data, configure, loggers, server);
        world._service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = world._data }, world.Cluster, wakeups ?? new NoWakeups(), time ?? TimeProvider.System, loggers ?? NullLoggerFactory.Instance, default,
            SetPoliciesAsync, world._records, world.Cluster.Objects);
        return world;

        async Task SetPoliciesAsync(HotpathService service)
        {
            if (policy is not null)
                await service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = policy });
            if (setPolicy is not null)
                await setPolicy(service);
        }
    }

    /// <summary>Only the port to the cluster, of which a test is the one user.</summary>
    public static World Without(
        ClusterFixture fixture, string space = "default", string? data = null, Action<KubernetesOptions>? configure = null, ILoggerFactory? loggers = null, Uri? server = null)
    {
        loggers ??= NullLoggerFactory.Instance;
        var options = new KubernetesOptions();
        configure?.Invoke(options);
        var access = ClusterAccessLoader.Load(fixture.Kubeconfig, null, TimeProvider.System);
        var client = new KubernetesClient(access with { Server = server ?? access.Server }, options.Client, TimeProvider.System);
        var cluster = new Hotpath.Cluster.Kubernetes.KubernetesCluster(client, options, TimeProvider.System, loggers.CreateLogger<Hotpath.Cluster.Kubernetes.KubernetesCluster>());
        return new World(fixture, space, client, cluster, options.SchedulerName, data) { _records = new NodeRepairs(client, options, TimeProvider.System, loggers.CreateLogger<NodeRepairs>()) };
    }

    public Task CreateAsync(JsonObject pod) => Plane.Api.PostAsync($"/api/v1/namespaces/{Space}/pods", pod);

    public Task DeleteAsync(string pod) => Plane.Api.DeleteAsync($"/api/v1/namespaces/{Space}/pods/{pod}");

    public Task<JsonNode?> PodAsync(string name) => Plane.Api.FindAsync($"/api/v1/namespaces/{Space}/pods/{name}");

    public Task<JsonNode> NodeAsync(string name) => Plane.Api.GetAsync($"/api/v1/nodes/{name}");

    /// <summary>The node has the run's mark, as far as the API server knows.</summary>
    public Task UntilMarkedAsync(string node, string run)
        => UntilAsync("the mark", async () => (string?)(await NodeAsync(node))["metadata"]!["annotations"]?["pipeline.gpu/run"] == run);

    public async Task<string?> NodeOfAsync(string pod) => (string?)(await PodAsync(pod))?["spec"]?["nodeName"];

    /// <summary>What the model holds of the test's pods: name, node, GPUs.</summary>
    public SortedDictionary<string, (string Node, uint Gpus)> Model()
    {
        var snapshot = Snapshot;
        var held = new SortedDictionary<string, (string, uint)>(StringComparer.Ordinal);
        foreach (var workload in snapshot.Workloads().Where(workload => workload.Name.StartsWith($"{Space}/", StringComparison.Ordinal)))
            held[workload.Name[(Space.Length + 1)..]] = (snapshot.TryGetNode(workload.Node, out var node) ? node.Name : "", workload.GpuMask);
        return held;
    }

    /// <summary>The same, counted from the API server.</summary>
    public async Task<SortedDictionary<string, (string Node, uint Gpus)>> CountAsync()
    {
        var held = new SortedDictionary<string, (string, uint)>(StringComparer.Ordinal);
        foreach (var pod in (await Plane.Api.GetAsync($"/api/v1/namespaces/{Space}/pods"))["items"]!.AsArray())
        {
            if ((string?)pod!["spec"]!["nodeName"] is not { } node || (string?)pod["status"]!["phase"] is "Succeeded" or "Failed")
                continue;
            var mask = (string?)pod["metadata"]!["annotations"]?["pipeline.gpu/gpus"] ?? "0x0";
            held[(string)pod["metadata"]!["name"]!] = (node, uint.Parse(mask.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        return held;
    }

    /// <summary>Milli-GPU in use on the node, as the model counts.</summary>
    public int UsedMilli(string node)
    {
        var sum = 0;
        if (Snapshot.TryFindNode(node, out NodeView view))
        {
            foreach (var milli in view.GpuUsedMilli)
                sum += milli;
        }

        return sum;
    }

    /// <summary>Waits until the whole model is what the API server has, and no GPU is given away twice.</summary>
    public async Task ModelAgreesAsync()
    {
        var differences = "";
        await UntilAsync("the model's agreement with the API server", async () => (differences = await ModelCheck.DifferencesAsync(Snapshot, Plane.Api, _scheduler)).Length == 0, () => differences);
    }

    public static Task UntilAsync(string what, Func<Task<bool>> ask, Func<string>? evidence = null) => Eventually.TrueAsync(what, Bound, ask, evidence);

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        _records?.Dispose();
        await Cluster.DisposeAsync();
        _client.Dispose();
        if (_ownsData)
            Directory.Delete(_data, recursive: true);
    }
}
