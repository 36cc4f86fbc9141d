using System.Globalization;
using Pipeline.Benchmarks.Framework;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>From the start of the product's process, after kill -9, until a watch shows that a pod is bound that waited for it.</summary>
internal static class RestartTime
{
    private const int Rounds = 3;

    public static async Task RunAsync(Report report, LargeCluster large)
    {
        var time = TimeProvider.System;
        var directory = large.Scratch.Sub("restart");
        // So that it starts again with what it knew, not for the first time.
        await StartAsync(directory, large, large.PodCount, time);
        var (bare, first, list) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= Rounds; round++)
        {
            bare.Add(await ListAsync(large, time));
            var start = await StartAsync(directory, large, large.PodCount + round, time);
            first.Add(start.Decision);
            list.Add(start.List);
        }

        var name = $"restart, {large.Names.Count} nodes, {large.PodCount} pods";
        report.AtMost(name, "decision", Median.Of(first), "s", 5);
        report.Ratio(name, "list", Median.Of(list), "s", "decision", Median.Of(first), 0.5, atLeast: true);
        report.Ratio(name, "decision", Median.Of(first), "s", "bare list", Median.Of(bare));
    }

    /// <returns>Seconds until the decision was seen, and those of them in which the pods were listed.</returns>
    private static async Task<(double Decision, double List)> StartAsync(string directory, LargeCluster large, int number, TimeProvider time)
    {
        using var client = Arranged.Client(large.Plane);
        await large.Plane.Api.PostAsync(Arranged.PodsPath, Arranged.Pod(number, "pipeline"));
        await using var bound = await Sightings<Pod>.StartAsync(client, Kinds.Pods, pod => pod.Spec.NodeName is { Length: > 0 }, time);
        var started = time.GetTimestamp();
        using var product = Product.OnKubernetes(directory, large.Plane.KubeconfigPath);
        var seen = await bound.OfAsync(Arranged.PodName(number));
        // It decides before it serves.
        await product.WaitUntilReadyAsync(time);
        return (time.GetElapsedTime(started, seen).TotalSeconds, ListSeconds(await product.GetAsync("/metrics")));
    }

    private static double ListSeconds(string metrics)
    {
        const string Metric = "pipeline_kubernetes_list_seconds_sum{kind=\"pods\"} ";
        var line = metrics.Split('\n').Single(line => line.StartsWith(Metric, StringComparison.Ordinal));
        return double.Parse(line.AsSpan(Metric.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>With a new connection, and nothing kept of what is read.</summary>
    private static async Task<double> ListAsync(LargeCluster large, TimeProvider time)
    {
        using var client = Arranged.Client(large.Plane);
        var started = time.GetTimestamp();
        await Task.WhenAll(client.ListAsync(Kinds.Nodes), client.ListAsync(Kinds.Pods));
        return time.GetElapsedTime(started).TotalSeconds;
    }
}
