using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public sealed class PodReportsTests
{
    [Theory]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1","resourceVersion":"8"},"spec":{},"status":{"phase":"Pending"}}""", "7 8")]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1","resourceVersion":"8"},"spec":{"nodeName":"n1"},"status":{"phase":"Pending"}}""", "7")]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-2","resourceVersion":"8"},"spec":{},"status":{"phase":"Pending"}}""", "7")]
    public async Task Why_a_pod_waits_is_written_only_while_it_does(string now, string versions)
    {
        var patched = new ConcurrentQueue<string?>();
        await using var server = await ApiDouble.StartAsync(async (context, _) =>
        {
            if (context.Request.Method != "PATCH")
            {
                await context.JsonAsync(now);
                return;
            }

            var version = (string?)(await JsonNode.ParseAsync(context.Request.Body))!["metadata"]!["resourceVersion"];
            patched.Enqueue(version);
            await (version == "7" ? context.StatusAsync(409, "Conflict") : context.JsonAsync(now));
        });
        using var client = server.Client();
        using var metrics = new CallMetrics(TimeProvider.System, NullLogger.Instance);
        await using var reports = new PodReports(client, new KubernetesOptions { EventsPerSecond = 0 }, TimeProvider.System, metrics);

        await reports.UnschedulableAsync(Objects.Pod("", "\"resourceVersion\":\"7\""), "no room", default);

        Assert.Equal(versions, string.Join(' ', patched));
    }

    [Fact]
    public async Task Events_come_a_few_at_a_time()
    {
        var time = new FakeTimeProvider();
        var (start, arrived) = (time.GetUtcNow(), Channel.CreateUnbounded<double>());
        await using var server = await ApiDouble.StartAsync(async (context, _) =>
        {
            if (context.Request.Method == "GET")
            {
                await context.StatusAsync(404, "NotFound");
                return;
            }

            await context.JsonAsync((await JsonNode.ParseAsync(context.Request.Body))!.ToJsonString());
            arrived.Writer.TryWrite((time.GetUtcNow() - start).TotalMilliseconds);
        });
        using var client = server.Client();
        using var metrics = new CallMetrics(time, NullLogger.Instance);
        await using var reports = new PodReports(client, new KubernetesOptions { EventsPerSecond = 50 }, time, metrics);

        for (var pod = 0; pod < 12; pod++)
            reports.Scheduled(Objects.Pod("\"schedulerName\":\"pipeline\""), $"n{pod}");

        Assert.Equal([0, 0, 0, 0, 0], await NextAsync(5));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([100, 100, 100, 100, 100], await NextAsync(5));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([200, 200], await NextAsync(2));

        async Task<List<double>> NextAsync(int count)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var times = new List<double>();
            while (times.Count < count)
                times.Add(await arrived.Reader.ReadAsync(patience.Token));
            // In the time that these take, another event would have come.
            for (var call = 0; call < 20; call++)
                Assert.Null(await client.FindAsync(Kinds.Pods, new ObjectName("team", "none"), new RequestOptions(), patience.Token));
            Assert.False(arrived.Reader.TryPeek(out _));
            return times;
        }
    }

    [Fact]
    public async Task That_a_pod_is_scheduled_is_told_of_our_own_only_since_another_scheduler_says_so_itself()
    {
        var told = new TaskCompletionSource<JsonNode>();
        await using var server = await ApiDouble.StartAsync(async (context, _) =>
        {
            var said = (await JsonNode.ParseAsync(context.Request.Body))!;
            await context.JsonAsync(said.ToJsonString());
            told.TrySetResult(said);
        });
        using var client = server.Client();
        using var metrics = new CallMetrics(TimeProvider.System, NullLogger.Instance);
        await using var reports = new PodReports(client, new KubernetesOptions(), TimeProvider.System, metrics);

        reports.Scheduled(Objects.Pod("\"schedulerName\":\"default-scheduler\""), "n1");
        reports.Scheduled(Objects.Pod("\"schedulerName\":\"pipeline\""), "n2");

        var first = await told.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("Scheduled", "Successfully assigned"), ((string)first["reason"]!, ((string)first["message"]!)[..21]));
        Assert.EndsWith("to n2", (string)first["message"]!, StringComparison.Ordinal);
    }
}
