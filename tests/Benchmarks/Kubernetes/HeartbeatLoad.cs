using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Benchmarks.Framework;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>Processor time of the product's process while every node writes its status once in 10 s, and while nothing happens.</summary>
internal static class HeartbeatLoad
{
    private const int Slices = 200;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(Report report, LargeCluster large)
    {
        var time = TimeProvider.System;
        using var product = Product.OnKubernetes(large.Scratch.Sub("heartbeats"), large.Plane.KubeconfigPath);
        await product.WaitUntilReadyAsync(time);
        // The code that runs often is compiled anew a while after the start.
        await LoadAsync(product, time, () => BeatAsync(large, Warmup, time));
        var idle = await LoadAsync(product, time, () => Task.Delay(Period, time));
        var written = 0;
        var busy = await LoadAsync(product, time, async () => written = await BeatAsync(large, 2 * Period, time));
        report.Figure($"heartbeats, {large.Names.Count} nodes", "rate", written / (2 * Period.TotalSeconds), "1/s");
        report.Figure($"heartbeats, {large.Names.Count} nodes", "idle", idle, "% core");
        report.AtMost($"heartbeats, {large.Names.Count} nodes", "load", busy, "% core", 10);
    }

    /// <returns>Percent of a core.</returns>
    private static async Task<double> LoadAsync(Product product, TimeProvider time, Func<Task> during)
    {
        var (from, started) = (product.ProcessorTime, time.GetTimestamp());
        await during();
        return 100 * (product.ProcessorTime - from) / time.GetElapsedTime(started);
    }

    /// <returns>How many were written; fewer than the nodes' number in a period when the server is too slow for more.</returns>
    private static async Task<int> BeatAsync(LargeCluster large, TimeSpan length, TimeProvider time)
    {
        var (written, started) = (0, time.GetTimestamp());
        using var timer = new PeriodicTimer(Period / Slices, time);
        for (var slice = 0; time.GetElapsedTime(started) < length && await timer.WaitForNextTickAsync(); slice = (slice + 1) % Slices)
        {
            var turn = large.Names.Where((_, index) => index % Slices == slice).ToList();
            await Arranged.EachAsync(turn.Count, number => large.Plane.Api.PatchAsync(
                $"/api/v1/nodes/{turn[number]}/status", Beat(time.GetUtcNow()), ApiAccess.StrategicMergePatch));
            written += turn.Count;
        }

        return written;
    }

    private static JsonObject Beat(DateTimeOffset now)
    {
        var text = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var conditions = new[] { ("Ready", "True"), ("MemoryPressure", "False"), ("DiskPressure", "False"), ("PIDPressure", "False") }
            .Select(condition => (JsonNode)new JsonObject { ["type"] = condition.Item1, ["status"] = condition.Item2, ["lastHeartbeatTime"] = text });
        return new JsonObject { ["status"] = new JsonObject { ["conditions"] = new JsonArray([.. conditions]) } };
    }
}
