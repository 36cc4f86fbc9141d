using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tests.Support;
using static Pipeline.Hotpath.Tests.Extender.ExtenderCalls;

namespace Pipeline.Hotpath.Tests.Extender;

public sealed class BindAndPreemptTests : IAsyncLifetime
{
    private readonly FakeCluster _cluster = new FakeCluster().WithNodes("n1", "n2").With(Listed("a", gpus: 2), Listed("b"));
    private ServiceWorld _world = null!;

    public async Task InitializeAsync() => _world = await ServiceWorld.StartAsync(_cluster);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_bind_tells_the_cluster_the_node_with_its_GPUs_and_the_engine_that_it_is_so()
    {
        await _world.FilterAsync(Pod("a", gpus: 2), "n2");
        Assert.Equal("""{"Error":""}""", await BindAsync("a", "n2"));
        Assert.Equal(("n2", 0b11u), (_cluster.Workloads[IdOf("a")].Node, _cluster.Workloads[IdOf("a")].GpuMask));
        Assert.False(Assert.Single(_world.Service.Loop.Snapshot.Workloads()).Assumed);
        Assert.Equal("""{"Error":""}""", await BindAsync("a", "n2"));
        Assert.Equal(1, _cluster.CountOf("bind"));
    }

    /// <summary>Its nodes have machine groups of their own, of which who asks knows nothing.</summary>
    [Fact]
    public async Task A_product_is_the_machine_group_only_where_the_cluster_lists_the_pod_so()
        => Assert.Contains("\"NodeNames\":[\"n2\"]", await _world.FilterAsync(Pod("a", gpus: 2, selector: "\"nvidia.com/gpu.product\":\"H100\""), "n2"));

    [Fact]
    public async Task A_bind_without_a_place_or_to_another_node_is_refused_and_the_cluster_is_not_told()
    {
        Assert.Equal("""{"Error":"workload: it has no place any more; ask for one again"}""", await BindAsync("a", "n2"));
        await _world.FilterAsync(Pod("a", gpus: 2), "n2");
        Assert.Equal("""{"Error":"node: the workload was given n2"}""", await BindAsync("a", "n1"));
        Assert.Equal(0, _cluster.CountOf("bind"));
    }

    [Fact]
    public async Task A_binding_that_the_cluster_does_not_take_is_an_error_and_its_place_is_given_back()
    {
        _cluster.Binding = _ => Task.FromResult(false);
        await _world.FilterAsync(Pod("a", gpus: 2), "n2");
        Assert.Contains("the cluster does not take the binding", await BindAsync("a", "n2"));
        Assert.Empty(_world.Service.Loop.Snapshot.Workloads());
    }

    [Fact]
    public async Task A_binding_without_an_answer_is_an_error_and_its_place_stays_taken()
    {
        _cluster.Binding = _ => throw new IOException("The API server is away.");
        await _world.FilterAsync(Pod("a", gpus: 2), "n2");
        Assert.Contains("The API server is away.", await BindAsync("a", "n2"));
        Assert.False(Assert.Single(_world.Service.Loop.Snapshot.Workloads()).Assumed);
    }

    [Fact]
    public async Task A_relist_leaves_what_another_scheduler_is_about_to_bind()
    {
        await _world.FilterAsync(Pod("a", gpus: 2), "n2");
        _cluster.Emit(new ClusterEvent.Resync());
        await _cluster.WhenAsync("list", 2);
        Assert.Equal("""{"Error":""}""", await BindAsync("a", "n2"));
        Assert.Equal(1, _cluster.CountOf("bind"));
    }

    [Fact]
    public async Task Victims_are_the_engines_choice_by_UID_and_nobody_is_told_to_go()
    {
        await CrowdAsync();
        const string Victims = "{\"n1\":{\"Pods\":[null,{\"UID\":null},{\"UID\":\"uid-cheap\"},{\"UID\":\"uid-dear\"}],\"NumPDBViolations\":3},\"n2\":{\"Pods\":[{\"UID\":\"uid-dear\"}],\"NumPDBViolations\":0}}";
        var pod = Pod("new", gpus: 8, labels: "\"pipeline.gpu/provisioning\":\"reserved\"");
        var reply = await _world.Http.CallAsync("preempt", $"{{\"Pod\":{pod},\"NodeNameToVictims\":null,\"NodeNameToMetaVictims\":{Victims}}}");
        Assert.Equal("""{"NodeNameToMetaVictims":{"n1":{"Pods":[{"UID":"uid-cheap"}],"NumPDBViolations":0}}}""", reply);
        Assert.Equal(2, _world.Service.Loop.Snapshot.WorkloadCount);
        Assert.Equal(0, _cluster.CountOf("evict"));
    }

    [Fact]
    public async Task Nobody_goes_where_the_pod_may_evict_nobody_and_other_pods_are_left_to_kube_scheduler()
    {
        await CrowdAsync();
        const string Whole = "{\"n1\":{\"Pods\":[null,{\"metadata\":{\"name\":\"cheap\",\"uid\":\"uid-cheap\"},\"spec\":{}}],\"NumPDBViolations\":1}}";
        var spot = Pod("new", gpus: 8, labels: "\"pipeline.gpu/provisioning\":\"spot\"");
        Assert.Equal("""{"NodeNameToMetaVictims":{}}""", await _world.Http.CallAsync("preempt", $"{{\"Pod\":{spot},\"NodeNameToVictims\":{Whole},\"NodeNameToMetaVictims\":null}}"));
        var other = Pod("other", resource: "example.com/fpga");
        Assert.Equal(
            """{"NodeNameToMetaVictims":{"n1":{"Pods":[{"UID":"uid-cheap"}],"NumPDBViolations":1}}}""",
            await _world.Http.CallAsync("preempt", $"{{\"Pod\":{other},\"NodeNameToVictims\":{Whole},\"NodeNameToMetaVictims\":null}}"));
    }

    [Fact]
    public async Task Beside_kube_scheduler_the_same_front_asks_a_hotpath_in_another_process()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Address = _world.Grpc.BaseAddress! }, TimeProvider.System);
        using var front = new ExtenderFront(new RemoteNominations(channel), new ExtenderOptions(), TimeProvider.System, NullLogger<ExtenderFront>.Instance);
        using var metrics = new MetricsPage();
        await using var sidecar = await HotpathWebHost.StartHttpAsync(
            _ => ValueTask.FromResult<string?>(null), front, metrics, IPAddress.Loopback, new HttpEndpoint(0), NullLoggerFactory.Instance);
        using var http = new HttpClient { BaseAddress = new Uri(sidecar.Urls.Single()) };
        Assert.Equal(
            """{"Nodes":null,"NodeNames":["n2"],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""}""",
            await http.CallAsync("filter", Args(Pod("b"), "n2")));
        Assert.Equal(
            """{"Nodes":null,"NodeNames":[],"FailedNodes":{},"FailedAndUnresolvableNodes":{"n9":"not known yet","n2":"too small"},"Error":""}""",
            await http.CallAsync("filter", Args(Pod("a", gpus: 9), "n9", "n2")));
        Assert.Equal("""{"Error":"node: the workload was given n2"}""", await http.CallAsync("bind", BindBody("b", "n1")));
        Assert.Equal("""{"Error":""}""", await http.CallAsync("bind", BindBody("b", "n2")));
        Assert.Equal("n2", _cluster.Workloads[IdOf("b")].Node);
    }

    [Fact]
    public async Task A_hotpath_that_is_away_is_an_error_where_the_contract_has_one_and_503_where_not()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Address = new Uri("http://127.0.0.1:1") }, TimeProvider.System);
        using var front = new ExtenderFront(new RemoteNominations(channel), new ExtenderOptions(), TimeProvider.System, NullLogger<ExtenderFront>.Instance);
        using var metrics = new MetricsPage();
        await using var sidecar = await HotpathWebHost.StartHttpAsync(
            _ => ValueTask.FromResult<string?>(null), front, metrics, IPAddress.Loopback, new HttpEndpoint(0), NullLoggerFactory.Instance);
        using var http = new HttpClient { BaseAddress = new Uri(sidecar.Urls.Single()) };
        Assert.StartsWith(
            """{"Nodes":null,"NodeNames":null,"FailedNodes":null,"FailedAndUnresolvableNodes":null,"Error":"The hotpath at http://127.0.0.1:1/ is unavailable""",
            await http.CallAsync("filter", Args(Pod("b"), "n2")));
        await http.CallAsync("prioritize", Args(Pod("b"), "n2"), HttpStatusCode.ServiceUnavailable);
    }

    private Task<string> BindAsync(string pod, string node) => _world.Http.CallAsync("bind", BindBody(pod, node));

    private static string BindBody(string pod, string node) => $$"""{"PodName":"{{pod}}","PodNamespace":"team","PodUID":"uid-{{pod}}","Node":"{{node}}"}""";

    /// <summary>Both nodes are full, one with work that is cheaper to lose.</summary>
    private async Task CrowdAsync()
    {
        await _world.Service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest
        {
            Policy = new SchedulingPolicy { Preemption = new PreemptionRules { MinRunSeconds = 0 } },
        });
        foreach (var (name, node, provisioning, mask) in new[] { ("cheap", "n1", Provisioning.Spot, 1u), ("dear", "n2", Provisioning.Spot, 0xffu) })
        {
            var running = Listed(name, gpus: System.Numerics.BitOperations.PopCount(mask)) with { Node = node, GpuMask = mask, Labels = new WorkloadLabels { Provisioning = provisioning } };
            _cluster.With(running);
        }

        _cluster.Emit(new ClusterEvent.Resync());
        var snapshot = _world.Service.Loop.Snapshot;
        while (snapshot.WorkloadCount < 2)
        {
            await _world.Service.Loop.WaitForChangeAsync(snapshot.Sequence, default);
            snapshot = _world.Service.Loop.Snapshot;
        }
    }
}
