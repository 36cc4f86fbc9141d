using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>
/// Evictions of running pods under disruption budgets that allow them, which the controllers keep. Each costs the server two writes, and
/// two at once under one budget conflict there.
/// </summary>
internal static class EvictionRate
{
    public const int Pods = 10_000;

    private const int Budgets = 100;
    private const int PodsPerNode = 100;
    private const string BudgetsPath = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets";

    // As many as carry out the engine's effects.
    private const int Parallelism = 16;

    // NVSentinel: 11,683 evictions in 39 minutes (Concurrent_Drain_Results.md).
    private const double PublishedPerSecond = 11_683 / (39 * 60.0);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Report report, Func<int, int> sized)
    {
        var (time, count) = (TimeProvider.System, sized(Pods));
        await using var plane = await ControlPlane.StartAsync(new ControlPlaneOptions { ControllerManager = true });
        await ArrangeAsync(plane, count);
        using var client = Arranged.Client(plane);
        await using var cluster = new KubernetesCluster(client, new KubernetesOptions(), time, NullLogger<KubernetesCluster>.Instance);
        var workloads = (await cluster.ListAsync(default)).Workloads.OrderBy(workload => workload.Name, StringComparer.Ordinal).ToList();

        var refused = 0;
        var started = time.GetTimestamp();
        await Parallel.ForEachAsync(workloads, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (workload, cancellation) =>
        {
            if (await cluster.EvictAsync(workload.Id, cancellation) != EvictionOutcome.Accepted)
                Interlocked.Increment(ref refused);
        });
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        report.AtMost($"{workloads.Count} evictions", "refused", refused, "", 0);
        report.AtMost($"{workloads.Count} evictions", "all", seconds, "s", 30);
        report.Ratio($"{workloads.Count} evictions", "rate", workloads.Count / seconds, "1/s", "published", PublishedPerSecond);
    }

    /// <summary>Running pods, neighbours in number under different budgets.</summary>
    private static async Task ArrangeAsync(ControlPlane plane, int count)
    {
        await using var kubelets = StandInKubelets.Start(plane, new KubeletOptions { LeaseInterval = Timeout.InfiniteTimeSpan });
        var template = new NodeTemplate { Gpus = 2 * PodsPerNode, Cpu = "1000", Memory = "10Ti", Pods = 2 * PodsPerNode };
        var nodes = await kubelets.AddNodesAsync((count + PodsPerNode - 1) / PodsPerNode, template);
        await Arranged.EachAsync(Budgets, number => plane.Api.PostAsync(BudgetsPath, BudgetOf(AppOf(number))));
        await Arranged.PodsAsync(plane, count, number => Arranged.Pod(number, "pipeline", nodes[number % nodes.Count], app: AppOf(number)));
        await Eventually.TrueAsync("budgets that allow all", Patience, async () =>
        {
            var budgets = (await plane.Api.GetAsync(BudgetsPath))["items"]!.AsArray();
            return budgets.Sum(budget => (int?)budget!["status"]?["disruptionsAllowed"] ?? 0) == count;
        }, () => plane.LogTails);
    }

    private static string AppOf(int number) => $"app-{number % Budgets:00}";

    private static JsonObject BudgetOf(string app) => new()
    {
        ["apiVersion"] = "policy/v1beta1",
        ["kind"] = "PodDisruptionBudget",
        ["metadata"] = new JsonObject { ["name"] = app },
        ["spec"] = new JsonObject { ["minAvailable"] = 0, ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = app } } },
    };
}
