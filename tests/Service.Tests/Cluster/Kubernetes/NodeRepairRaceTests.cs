using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Repairs;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <summary>The watch may tell of an object before the answer to its write is there.</summary>
public sealed class NodeRepairRaceTests
{
    private const string Path = "/apis/pipeline.gpu/v1alpha1/noderepairs";

    private static readonly Run Repair = new()
    {
        Number = 0,
        Node = -1,
        Id = "r-1",
        NodeName = "n1",
        Class = new("broken", 50, 1, 0, [], new LadderStep(StepKind.HealthCheck, 1, 0, true, false, false), 0, RunState.Escalated),
        State = RunState.Observed,
        Timeline = [new(1, RunState.Observed, StepKind.None, Reason.FaultAccepted, "", "", 0)],
    };

    private readonly JsonObject _object = JsonNode.Parse("""{"apiVersion":"pipeline.gpu/v1alpha1","kind":"NodeRepair","metadata":{"name":"r-1","uid":"u"}}""")!.AsObject();
    private readonly List<string> _writes = [];
    private readonly TaskCompletionSource _written = new();
    private readonly TaskCompletionSource _deleted = new();

    [Fact]
    public async Task A_record_that_is_deleted_before_its_writer_hears_that_it_is_written_is_written_again()
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.Run(ServeAsync);
        await server.StartAsync(end.Token);
        using var client = new KubernetesClient(new ClusterAccess { Server = new Uri(server.Urls.Single()) }, new KubernetesClientOptions(), TimeProvider.System);
        using var records = new NodeRepairs(client, new KubernetesOptions(), TimeProvider.System, NullLogger<NodeRepairs>.Instance);
        var watching = WatchAsync(records, end.Token);

        await records.WriteAsync(Repair, 1, end.Token);
        await records.WriteAsync(Repair, 2, end.Token);

        Assert.Equal(["", "/status", "", "/status"], _writes);
        await end.CancelAsync();
        await watching;
    }

    private async Task WatchAsync(NodeRepairs records, CancellationToken cancellation)
    {
        try
        {
            await foreach (var change in records.WatchAsync(cancellation))
            {
                if (!change.Exists)
                    _deleted.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(HttpContext http)
    {
        var (path, body) = (http.Request.Path.Value!, http.Response);
        body.ContentType = "application/json";
        if (http.Request.Method == "PATCH")
            await WriteAsync(path, http);
        else if (http.Request.Query.ContainsKey("watch"))
            await EventsAsync(http);
        else if (path == Path)
            await body.WriteAsync("""{"metadata":{"resourceVersion":"1"},"items":[]}""");
        else
            await body.WriteAsync("""{"kind":"APIResourceList","groupVersion":"pipeline.gpu/v1alpha1","resources":[{"name":"noderepairs","kind":"NodeRepair","namespaced":false}]}""");
    }

    private async Task WriteAsync(string path, HttpContext http)
    {
        var part = path.EndsWith("/status", StringComparison.Ordinal) ? "status" : "spec";
        _object[part] = (await JsonNode.ParseAsync(http.Request.Body))![part]!.DeepClone();
        _object["metadata"]!["resourceVersion"] = part == "spec" ? "2" : "3";
        var answer = _object.ToJsonString();
        _writes.Add(part == "spec" ? "" : "/status");
        if (part == "status")
        {
            _written.TrySetResult();
            await _deleted.Task.WaitAsync(http.RequestAborted);
        }

        await http.Response.WriteAsync(answer);
    }

    private async Task EventsAsync(HttpContext http)
    {
        await http.Response.StartAsync();
        await _written.Task.WaitAsync(http.RequestAborted);
        foreach (var (type, version) in new[] { ("ADDED", "3"), ("DELETED", "4") })
        {
            var item = _object.DeepClone();
            item["metadata"]!["resourceVersion"] = version;
            await http.Response.WriteAsync(new JsonObject { ["type"] = type, ["object"] = item }.ToJsonString() + "\n");
        }

        await http.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
