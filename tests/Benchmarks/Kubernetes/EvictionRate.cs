using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>
/// Evictions of running pods. Each costs the server a list of the budgets in its namespace and a write; under a budget a second write, a
/// third by the controllers, and half a second when two of them meet. So this is done twice: with one pod in three under a budget that
/// allows it, since training jobs have none, and with all. All pods of a budget are asked to leave, of which it has to keep one: whichever that
/// is, it is asked until no other is left. The client alone does the same first, as far as the budgets allow it.
/// </summary>
internal static class EvictionRate
{
    public const int Pods = 10_000;

    private const int BarePods = 2_000;

    // A namespace a team, as Kubernetes recommends, and some applications in each.
    private const int Teams = 20;
    private const int BudgetsPerTeam = 5;
    private const int Budgets = Teams * BudgetsPerTeam;
    private const string Free = "train";
    private const int PodsPerNode = 100;
    private const string BudgetsPath = "/apis/policy/v1beta1/poddisruptionbudgets";

    // NVSentinel: 11,683 evictions in 39 minutes (Concurrent_Drain_Results.md).
    private const double PublishedPerSecond = 11_683 / (39 * 60.0);

    // Those that must stay are asked to the end, and are not to keep the server busy with it.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Report report, Func<int, int> sized)
    {
        var (count, bareCount) = (sized(Pods), sized(BarePods));
        await RunAsync(report, $"{count} evictions, 1 in 3 budgeted", count, bareCount, budgeted: number => number % 3 == 0);
        await RunAsync(report, $"{count} evictions, all budgeted", count, bareCount, budgeted: _ => true);
    }

    private static async Task RunAsync(Report report, string name, int count, int bareCount, Func<int, bool> budgeted)
    {
        var time = TimeProvider.System;
        await using var plane = await ControlPlane.StartAsync(new ControlPlaneOptions { ControllerManager = true });
        // Alive throughout: without heartbeats the pods would soon count as not ready, and no budget would allow anything. They end pods in life's time.
        await using var kubelets = StandInKubelets.Start(plane, new KubeletOptions { TerminationSpeed = 1 });
        await ArrangeAsync(plane, kubelets, bareCount + count, budgeted);
        using var client = Arranged.Client(plane);
        using var onlooker = Arranged.Client(plane);
        await using var healthy = await HealthyPods.StartAsync(onlooker, app => app != Free, Patience);
        await using var cluster = new KubernetesCluster(client, new KubernetesOptions(), time, NullLogger<KubernetesCluster>.Instance);
        // By their numbers, so that neighbours are of different budgets.
        var workloads = (await cluster.ListAsync(default)).Workloads.OrderBy(workload => workload.Name.Split('/')[1], StringComparer.Ordinal).ToList();

        var bare = await SecondsAsync(workloads.Take(bareCount), async (workload, cancellation) =>
        {
            var name = workload.Name.Split('/');
            await client.EvictAsync(new ObjectName(name[0], name[1]), cancellation: cancellation);
        });
        var (accepted, refused) = (0, 0);
        var seconds = await SecondsAsync(workloads.Skip(bareCount), async (workload, cancellation) =>
        {
            // Refused are those that must stay, and for a moment those whose budget the controllers have not caught up with.
            while (Volatile.Read(ref accepted) < count)
            {
                if (await cluster.EvictAsync(workload.Id, cancellation) == EvictionOutcome.Accepted)
                {
                    Interlocked.Increment(ref accepted);
                    return;
                }

                Interlocked.Increment(ref refused);
                await Task.Delay(AskAgain, time, cancellation);
            }
        });
        await Eventually.TrueAsync("the sight of the last eviction", Patience, () => Task.FromResult(healthy.Now <= Budgets), () => plane.LogTails);
        report.Figure(name, "refused and asked again", refused, "");
        report.AtMost(name, "budgets violated", healthy.BelowAtAnyTime(1), "", 0);
        report.AtMost(name, "evicted beyond what the budgets allow", accepted - count, "", 0);
        report.AtMost(name, "all", seconds, "s", 30);
        report.Ratio(name, "rate", count / seconds, "1/s", "the client alone", bareCount / bare);
        report.Ratio(name, "rate", count / seconds, "1/s", "published", PublishedPerSecond);

        async Task<double> SecondsAsync(IEnumerable<ClusterWorkload> some, Func<ClusterWorkload, CancellationToken, Task> evict)
        {
            var started = time.GetTimestamp();
            // Those who never agree must not be asked for ever.
            using var patience = new CancellationTokenSource(Patience);
            await Parallel.ForEachAsync(
                some, new ParallelOptions { MaxDegreeOfParallelism = Evictions.MaxParallel, CancellationToken = patience.Token },
                async (workload, cancellation) => await evict(workload, cancellation));
            return time.GetElapsedTime(started).TotalSeconds;
        }
    }

    /// <summary>Running pods, neighbours in number under different budgets, and one more for each budget.</summary>
    private static async Task ArrangeAsync(ControlPlane plane, StandInKubelets kubelets, int leaving, Func<int, bool> budgeted)
    {
        var count = leaving + Budgets;
        var template = new NodeTemplate { Gpus = 2 * PodsPerNode, Cpu = "1000", Memory = "10Ti", Pods = 2 * PodsPerNode };
        var nodes = await kubelets.AddNodesAsync((count + PodsPerNode - 1) / PodsPerNode, template);
        for (var team = 0; team < Teams; team++)
            await plane.Api.PostAsync("/api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = NamespaceOf(team) } });
        await Arranged.EachAsync(Budgets, number => plane.Api.PostAsync(
            $"/apis/policy/v1beta1/namespaces/{NamespaceOf(number)}/poddisruptionbudgets", BudgetOf(AppOf(number))));
        await Arranged.EachAsync(count, number => plane.Api.PostAsync(
            $"/api/v1/namespaces/{NamespaceOf(number)}/pods", Arranged.Pod(number, "pipeline", nodes[number % nodes.Count], app: number >= leaving || budgeted(number) ? AppOf(number) : Free)));
        await Eventually.TrueAsync("budgets that allow all", Patience, async () =>
        {
            var budgets = (await plane.Api.GetAsync(BudgetsPath))["items"]!.AsArray();
            return budgets.Sum(budget => (int?)budget!["status"]?["disruptionsAllowed"] ?? 0) == Enumerable.Range(0, leaving).Count(budgeted);
        }, () => plane.LogTails);
    }

    private static string NamespaceOf(int number) => $"team-{number % Teams:00}";

    private static string AppOf(int number) => $"app-{number / Teams % BudgetsPerTeam}";

    private static JsonObject BudgetOf(string app) => new()
    {
        ["apiVersion"] = "policy/v1beta1",
        ["kind"] = "PodDisruptionBudget",
        ["metadata"] = new JsonObject { ["name"] = app },
        ["spec"] = new JsonObject { ["minAvailable"] = 1, ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = app } } },
    };
}
