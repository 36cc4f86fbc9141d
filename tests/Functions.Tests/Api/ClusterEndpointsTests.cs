using System.Net;
using System.Text.Json;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Api;

public sealed class ClusterEndpointsTests
{
    private const string NodeJson =
        """{"name":"gpu-0001","health":"Quarantined","gpus":[{"used":1000,"bad":false},{"used":250,"bad":true}],"cpu":{"freeMilli":3000,"totalMilli":4000}""" +
        ""","memory":{"freeMib":1024,"totalMib":2048},"group":"h100","leaf":3,"cordonOwner":"r2","workloadCount":2,"maxWorkloads":110}""";

    [Fact]
    public async Task Nodes_have_exactly_the_documented_shape()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(SickNode());
        var (_, body) = await host.GetAsync("/api/nodes");
        Assert.Equal($$"""{"nodes":[{{NodeJson}}],"continue":null,"sequence":2}""", body);
    }

    [Fact]
    public async Task A_node_comes_with_its_workloads_and_its_current_and_last_run()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(SickNode());
        host.Cluster.Put(new Workload { Id = "7", Name = "ns/w", Node = "gpu-0001", GpuMask = 0b11, GpuMilli = 1000, CpuMilli = 500, MemoryMib = 64, Bound = true });
        host.Cluster.Put(new Workload { Id = "8", Name = "ns/other", Node = "gpu-0002" });
        host.Repair.Put(FakeRepair.Run("r0", "gpu-0001", RunState.Healthy, ended: true)).Put(FakeRepair.Run("r1", "gpu-0001", RunState.Healthy, ended: true))
            .Put(FakeRepair.Run("r2", "gpu-0001", RunState.Acting)).Put(FakeRepair.Run("r3", "gpu-0002", RunState.Acting));

        var (_, body) = await host.GetAsync("/api/nodes/gpu-0001");

        Assert.Equal(
            $$"""{{NodeJson[..^1]}},"workloads":[{"id":"7","name":"ns/w","node":"gpu-0001","gpus":[0,1],"gpuMilli":1000,"cpuMilli":500,"memoryMib":64,"bound":true}],"currentRun":"r2","lastRun":"r1"}""",
            body);
    }

    [Fact]
    public async Task A_node_that_takes_as_many_workloads_as_fit_says_no_number()
    {
        await using var host = await ApiHost.StartAsync();
        var node = SickNode();
        node.ClearMaxWorkloads();
        host.Cluster.Put(node);
        var (_, body) = await host.GetAsync("/api/nodes");
        Assert.Contains("\"workloadCount\":2,\"maxWorkloads\":null}", body);
    }

    [Fact]
    public async Task A_node_without_runs_says_so()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("gpu-0002"));
        var node = JsonDocument.Parse((await host.GetAsync("/api/nodes/gpu-0002")).Body).RootElement;
        Assert.Equal(JsonValueKind.Null, node.GetProperty("currentRun").ValueKind);
        Assert.Equal(JsonValueKind.Null, node.GetProperty("lastRun").ValueKind);
    }

    [Fact]
    public async Task A_node_keeps_its_runs_when_more_than_a_thousand_others_are_in_repair()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("gpu-0001"));
        host.Repair.Put(FakeRepair.Run("old", "gpu-0001", RunState.Healthy, ended: true)).Put(FakeRepair.Run("new", "gpu-0001", RunState.Held));
        for (var i = 0; i < 1_001; i++)
            host.Repair.Put(FakeRepair.Run($"r{i}", $"node-{i}", RunState.Held));

        var node = JsonDocument.Parse((await host.GetAsync("/api/nodes/gpu-0001")).Body).RootElement;

        Assert.Equal("new", node.GetProperty("currentRun").GetString());
        Assert.Equal("old", node.GetProperty("lastRun").GetString());
    }

    [Fact]
    public async Task An_unknown_node_is_404()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("/api/nodes/gpu-0009")).Status);
    }

    [Fact]
    public async Task Nodes_and_workloads_are_paged()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("a"), FakeCluster.Node("b"), FakeCluster.Node("c"));
        host.Cluster.Put(new Workload { Id = "1" });
        host.Cluster.Put(new Workload { Id = "2" });

        var nodes = JsonDocument.Parse((await host.GetAsync("/api/nodes?limit=2&continue=1")).Body).RootElement;
        var workloads = JsonDocument.Parse((await host.GetAsync("/api/workloads?limit=1")).Body).RootElement;

        Assert.Equal(["b", "c"], nodes.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("name").GetString()));
        Assert.Equal("1", workloads.GetProperty("continue").GetString());
        Assert.Single(workloads.GetProperty("workloads").EnumerateArray());
    }

    [Fact]
    public async Task Alerts_that_never_repaired_are_listed_too()
    {
        await using var host = await ApiHost.StartAsync();
        host.Repair.Put(new AlertRecord
        {
            Number = 4,
            ReceivedAt = 1_700_000_000_000,
            Outcome = AlertOutcome.UnknownNode,
            Source = "grafana",
            Alert = new Alert
            {
                Fingerprint = "f",
                StartsAt = 1_699_999_999_000,
                Status = AlertStatus.Firing,
                Kind = AlertKind.Fault,
                AlertName = "GpuXid",
                Node = "ghost",
                GpuMask = 4,
                Xid = 79,
                Summary = "s",
                Labels = { "node=ghost" },
            },
        });

        var (_, body) = await host.GetAsync("/api/alerts");

        Assert.Equal(
            """{"alerts":[{"number":4,"receivedAt":"2023-11-14T22:13:20.000Z","source":"grafana","outcome":"UnknownNode","run":null,"fingerprint":"f","startsAt":"2023-11-14T22:13:19.000Z","status":"Firing","kind":"Fault","alertName":"GpuXid","node":"ghost","gpus":[2],"xid":79,"faultClass":"","summary":"s","labels":["node=ghost"]}],"continue":null}""",
            body);
    }

    [Fact]
    public async Task An_alert_that_starts_at_no_possible_time_does_not_hide_the_others()
    {
        await using var host = await ApiHost.StartAsync();
        host.Repair.Put(new AlertRecord { Number = 4, ReceivedAt = 1_700_000_000_000, Alert = new Alert { StartsAt = long.MaxValue } });
        var (status, body) = await host.GetAsync("/api/alerts");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"startsAt\":\"9999-12-31T23:59:59.999Z\"", body);
    }

    private static Node SickNode()
    {
        var node = FakeCluster.Node("gpu-0001", NodeHealth.Quarantined, 1000, 250);
        node.BadGpuMask = 0b10;
        node.CordonOwner = "r2";
        return node;
    }
}
