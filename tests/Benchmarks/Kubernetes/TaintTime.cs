using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Webhook;
using Pipeline.Insight;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Models;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>From the first byte of a signed webhook, sent to the product in its own process, until a watch of the API server shows the node's taint.</summary>
internal static class TaintTime
{
    public const int Nodes = Warmups + Singles + AtOnce;
    public const int AtOnce = 750;

    private const int Warmups = 50;
    private const int Singles = 200;
    private const int Connections = 30;
    private const double Milliseconds = 1e6;

    // NVSentinel v0.4.0, 750 nodes one after the other (FQM_Latency_and_Queue_Depth_Results.md).
    private const double PublishedSeconds = 304;

    public static async Task RunAsync(Report report, Func<int, int> sized)
    {
        var time = TimeProvider.System;
        using var scratch = new Scratch();
        await using var plane = await ControlPlane.StartAsync();
        var (warmups, singles, atOnce) = (sized(Warmups), sized(Singles), sized(AtOnce) / Connections * Connections);
        var nodes = await Arranged.NodesAsync(plane, warmups + singles + atOnce);
        using var client = Arranged.Client(plane);
        await using var tainted = await Sightings<Node>.StartAsync(client, Kinds.Nodes, IsTainted, time);
        using var product = Product.OnKubernetes(scratch.Sub("product"), plane.KubeconfigPath,
            ("Grafana__HmacSecret", GrafanaRequest.Secret), ("Playbooks__Directory", Playbooks.WithoutGuard(scratch.Sub("playbooks"))));
        await product.WaitUntilReadyAsync(time);

        using var alone = new Clients(product.Port, 1);
        var latencies = new LatencyHistogram();
        for (var number = 0; number < warmups + singles; number++)
        {
            await product.SettleAsync(time);
            var sent = time.GetTimestamp();
            await alone.AloneAsync(new Gauge(time), [GrafanaRequest.Of(number, nodes[number])]);
            var seen = await tainted.OfAsync(nodes[number]);
            if (number >= warmups)
                latencies.Record((long)time.GetElapsedTime(sent, seen).TotalNanoseconds);
        }

        report.AtMost("webhook to taint in a watch", "p50", latencies.Percentile(50) / Milliseconds, "ms", 30);
        report.AtMost("webhook to taint in a watch", "p99", latencies.Percentile(99) / Milliseconds, "ms", 100);

        await product.SettleAsync(time);
        using var crowd = new Clients(product.Port, Connections);
        var faults = Enumerable.Range(warmups + singles, atOnce).ToList();
        var requests = faults.Select(number => GrafanaRequest.Of(number, nodes[number])).ToArray();
        var started = time.GetTimestamp();
        await crowd.AllAsync(new Crowd(time), requests);
        var all = await tainted.OfAllAsync(faults.Select(number => nodes[number]));
        var seconds = time.GetElapsedTime(started, all[^1]).TotalSeconds;
        report.AtMost($"{atOnce} webhooks at once", "last taint", seconds, "s", 3);
        report.Ratio($"{atOnce} webhooks at once", "last taint", seconds, "s", "published", PublishedSeconds);
    }

    private static bool IsTainted(Node node) => node.Spec.Taints.Any(taint => taint.Key == "pipeline.gpu/quarantined");
}
