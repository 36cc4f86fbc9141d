using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>
/// Stands in for the kubelets of nodes that it makes: they stay Ready and renew their Leases; pods bound to them run, or fail with
/// OutOf… when the node has not got what they ask for; deleted pods go away after their grace period. One watch of pods and one of
/// nodes serve all nodes.
/// </summary>
public sealed class StandInKubelets : IAsyncDisposable
{
    private const string NotReady = "node.kubernetes.io/not-ready";
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(1);

    private readonly ApiAccess _api;
    private readonly KubeletOptions _options;
    private readonly TimeProvider _time;
    private readonly PodTable _table = new();
    private readonly PodWorkers _workers;
    private readonly Lock _gate = new();
    private readonly List<string> _nodes = [];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly ConcurrentDictionary<string, bool> _unready = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    private StandInKubelets(ApiAccess api, KubeletOptions options, TimeProvider time)
    {
        (_api, _options, _time) = (api, options, time);
        _workers = new PodWorkers(api, _table, options, time);
        // Not on the test's synchronisation context, which a test may block.
        _work = Task.Run(WorkAsync);
    }

    /// <summary>The names of all nodes, in the order of their making.</summary>
    public IReadOnlyList<string> Nodes
    {
        get
        {
            lock (_gate)
                return [.. _nodes];
        }
    }

    /// <summary>Pods that failed because their node had not got what they asked for.</summary>
    public IReadOnlyCollection<Rejection> Rejections => _workers.Rejections;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static StandInKubelets Start(ControlPlane plane, KubeletOptions? options = null, TimeProvider? time = null)
    {
        options ??= new KubeletOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.TerminationSpeed);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Parallelism);
        return new StandInKubelets(plane.Api, options, time ?? TimeProvider.System);
    }

    /// <summary>Registers nodes, which are then Ready, have a Lease and no taint for not being ready.</summary>
    /// <returns>Their names.</returns>
    public async Task<IReadOnlyList<string>> AddNodesAsync(int count, NodeTemplate? template = null)
    {
        template ??= new NodeTemplate();
        int first;
        lock (_gate)
        {
            first = _numbers.GetValueOrDefault(template.Prefix) + 1;
            _numbers[template.Prefix] = first + count - 1;
        }

        await Parallel.ForEachAsync(Enumerable.Range(first, count), Parallelism(_stop.Token),
            async (number, cancellation) => await RegisterAsync(number, template, cancellation));
        var names = Enumerable.Range(first, count).Select(number => Name(template, number)).ToList();
        lock (_gate)
            _nodes.AddRange(names);
        var capacity = Resources.Of(template);
        foreach (var name in names)
            _workers.Add(_table.AddNode(name, capacity));
        return names;
    }

    /// <summary>The node is as if it had no power: no heartbeat, and its pods stay as they are, deleted ones too.</summary>
    public void StopNode(string name) => _table.Stop(name);

    /// <summary>The node is back: it is Ready again, and does what it missed.</summary>
    public async Task ResumeNodeAsync(string name)
    {
        _workers.Add(_table.Resume(name));
        await RenewAsync(name, _stop.Token);
        await ReportAsync(name, _stop.Token);
    }

    /// <exception cref="Exception">Something went wrong that no API server in trouble explains.</exception>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _work;
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            _stop.Dispose();
        }
    }

    private static string Name(NodeTemplate template, int number) => $"{template.Prefix}{number:D4}";

    private ParallelOptions Parallelism(CancellationToken cancellation)
        => new() { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = cancellation };

    private Task WorkAsync()
    {
        var pods = new ResourceWatch(_api, "/api/v1/pods", "fieldSelector=spec.nodeName!%3D", _time)
        {
            Listed = items => _workers.Add(_table.Replace([.. items.Select(Pod.Of)])),
            Changed = item => _workers.Add(_table.Observe(Pod.Of(item))),
            Deleted = item => _table.Remove((string)item["metadata"]!["uid"]!),
        };
        var nodes = new ResourceWatch(_api, "/api/v1/nodes", "", _time)
        {
            Listed = items => items.ToList().ForEach(NoteReadiness),
            Changed = NoteReadiness,
            Deleted = item => _unready.TryRemove((string)item["metadata"]!["name"]!, out _),
        };
        return Task.WhenAll(
            _workers.RunAsync(_stop.Token),
            pods.RunAsync(_stop.Token),
            nodes.RunAsync(_stop.Token),
            new Heartbeats(RepairInterval, _options.Parallelism, _time).RunAsync(UnreadyNodes, ReportAsync, _stop.Token),
            new Heartbeats(_options.LeaseInterval, _options.Parallelism, _time).RunAsync(LiveNodes, RenewAsync, _stop.Token),
            new Heartbeats(_options.StatusInterval, _options.Parallelism, _time).RunAsync(LiveNodes, ReportAsync, _stop.Token));
    }

    /// <summary>The controller manager says that a node is not ready when its Lease ran out, as it does while the API server is away.</summary>
    private void NoteReadiness(JsonNode node)
    {
        var name = (string)node["metadata"]!["name"]!;
        var conditions = node["status"]!["conditions"] as JsonArray ?? [];
        if (conditions.Any(condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True"))
            _unready.TryRemove(name, out _);
        else
            _unready[name] = true;
    }

    private List<string> UnreadyNodes() => [.. _unready.Keys.Where(node => !_table.IsStopped(node))];

    private List<string> LiveNodes() => [.. Nodes.Where(node => !_table.IsStopped(node))];

    private async Task RegisterAsync(int number, NodeTemplate template, CancellationToken cancellation)
    {
        var name = Name(template, number);
        var node = await _api.PostAsync("/api/v1/nodes", Manifests.Node(name, number, template, _time.GetUtcNow()), cancellation);
        await _api.PostAsync(Leases, Manifests.Lease(name, _time.GetUtcNow()), cancellation);

        // Admission taints every new node, and only the controller manager, which may not be there, takes the taint away.
        if (node["spec"]!["taints"] is not JsonArray taints || taints.FirstOrDefault(taint => (string?)taint!["key"] == NotReady) is not { } notReady)
            return;
        taints.Remove(notReady);
        try
        {
            await _api.PatchAsync($"/api/v1/nodes/{name}", new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = (string)node["metadata"]!["resourceVersion"]! },
                ["spec"] = new JsonObject { ["taints"] = taints.DeepClone() },
            }, cancellation: cancellation);
        }
        catch (ApiException refused) when (refused.Status == HttpStatusCode.Conflict)
        {
            // The controller manager was faster.
        }
    }

    private Task RenewAsync(string node, CancellationToken cancellation)
    {
        var renewal = new JsonObject { ["spec"] = Manifests.Lease(node, _time.GetUtcNow())["spec"]!.DeepClone() };
        return _api.PatchAsync($"{Leases}/{node}", renewal, cancellation: cancellation);
    }

    private Task ReportAsync(string node, CancellationToken cancellation) => _api.PatchAsync(
        $"/api/v1/nodes/{node}/status", new JsonObject { ["status"] = Manifests.NodeStatus(_time.GetUtcNow()) }, ApiAccess.StrategicMergePatch, cancellation);
}
