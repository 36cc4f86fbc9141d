using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Repairs;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <summary>The watch may tell of an object before the answer to its write is there.</summary>
public sealed class NodeRepairRaceTests
{
    private const string Path = "/apis/pipeline.gpu/v1alpha1/noderepairs";

    private static readonly Run Run = NodeRepairTests.Full;

    private readonly JsonObject _object = JsonNode.Parse($$"""{"apiVersion":"pipeline.gpu/v1alpha1","kind":"NodeRepair","metadata":{"name":"{{Run.Id}}","uid":"u"} }""")!.AsObject();
    private readonly TaskCompletionSource _written = new();
    private readonly TaskCompletionSource _deleted = new();

    [Fact]
    public async Task A_record_that_is_deleted_before_its_writer_hears_that_it_is_written_is_written_again()
    {
        await using var server = await ApiDouble.StartAsync((context, _, stop) => (context.Request.Method, context.Request.Path.Value) switch
        {
            ("PATCH", var path) => WriteAsync(context, path!.EndsWith("/status", StringComparison.Ordinal) ? "status" : "spec", stop),
            (_, Path) when context.Request.Query.ContainsKey("watch") => TellAsync(context, stop),
            (_, Path) => context.JsonAsync("""{"metadata":{"resourceVersion":"1"},"items":[]}"""),
            _ => context.JsonAsync("""{"resources":[{"name":"noderepairs"}]}"""),
        });
        using var client = server.Client();
        using var records = new NodeRepairs(client, new KubernetesOptions(), TimeProvider.System, NullLogger<NodeRepairs>.Instance);
        using var end = new CancellationTokenSource();
        var watching = WatchAsync(records, end.Token);

        await records.WriteAsync(Run, 1, end.Token).Bounded();
        await records.WriteAsync(Run, 2, end.Token).Bounded();

        var writes = server.Requests.Where(request => request.StartsWith("PATCH", StringComparison.Ordinal)).Select(request => request.Contains($"{Run.Id}/status", StringComparison.Ordinal));
        Assert.Equal([false, true, false, true], writes);
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

    private async Task WriteAsync(HttpContext context, string part, CancellationToken stop)
    {
        _object[part] = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: stop))![part]!.DeepClone();
        var answer = At(part == "spec" ? 2 : 3);
        if (part == "status")
        {
            _written.TrySetResult();
            await _deleted.Task.WaitAsync(stop);
        }

        await context.JsonAsync(answer);
    }

    private async Task TellAsync(HttpContext context, CancellationToken stop)
    {
        await context.Response.StartAsync(stop);
        await _written.Task.WaitAsync(stop);
        await context.LinesAsync(Says.Event("ADDED", At(3)), Says.Event("DELETED", At(4)));
        await TestCalls.ForeverAsync(stop);
    }

    private string At(int version)
    {
        _object["metadata"]!["resourceVersion"] = $"{version}";
        return _object.ToJsonString();
    }
}
