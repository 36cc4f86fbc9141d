using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Webhook;

namespace Pipeline.Benchmarks.Recover;

/// <summary>How long the product takes to be ready, new and after kill -9, at the default size, and what it holds when it has nothing to do.</summary>
internal static class StartCase
{
    private const int Rounds = 5;
    private const int Alerts = 200;
    private const int DefaultNodes = 64;
    private const string Argument = "nothing";

    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(5);

    /// <summary>True when this process was started only to end: the least that any .NET program takes.</summary>
    public static bool IsNothing(string[] args) => args is [Argument];

    public static async Task RunAsync(Report report)
    {
        var time = TimeProvider.System;
        var (nothing, first, again, memory) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            using var scratch = new Scratch();
            nothing.Add(StartNothing(scratch, time));
            var directory = scratch.Sub("product");
            using (var product = await StartAsync(directory, time, first))
            {
                await Task.Delay(IdleFor, time);
                memory.Add(product.MemoryBytes / (1024.0 * 1024.0));
                await ReportFaultsAsync(product, time);
                product.Kill();
            }
            using var restarted = await StartAsync(directory, time, again);
        }
        report.Figure("empty program", "median", Median.Of(nothing), "ms");
        report.Ratio("start to ready", "median", Median.Of(first), "ms", "empty program", Median.Of(nothing));
        report.AtMost("start to ready", "median", Median.Of(first), "ms", 3000);
        report.Ratio("ready after kill -9", "median", Median.Of(again), "ms", "empty program", Median.Of(nothing));
        report.AtMost("ready after kill -9", "median", Median.Of(again), "ms", 2000);
        report.AtMost("idle memory", "resident", Median.Of(memory), "MiB", 200);
    }

    public static double StartNothing(Scratch scratch, TimeProvider time)
    {
        var started = time.GetTimestamp();
        using var process = Child.Start("Pipeline.Benchmarks", Argument, scratch.Path, Path.Combine(scratch.Path, "nothing.txt"));
        process.WaitForExit();
        return time.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<Product> StartAsync(string directory, TimeProvider time, List<double> milliseconds)
    {
        var started = time.GetTimestamp();
        var product = new Product(directory, settings: ("Grafana__HmacSecret", GrafanaRequest.Secret));
        await product.WaitUntilReadyAsync(time);
        milliseconds.Add(time.GetElapsedTime(started).TotalMilliseconds);
        return product;
    }

    // So that runs are under way and the journal has something to tell.
    private static async Task ReportFaultsAsync(Product product, TimeProvider time)
    {
        using var clients = new Clients(product.Port, 1);
        var requests = Enumerable.Range(1, Alerts).Select(number => GrafanaRequest.Of(number, $"gpu-{number % DefaultNodes + 1:0000}")).ToArray();
        await clients.AloneAsync(new Gauge(time), requests);
    }
}
