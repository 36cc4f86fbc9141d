using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tls;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Extender;

/// <summary>
/// kube-scheduler 1.20.2 on a real API server: pods wait before it starts, and the rate is that from the first bound to the last. The
/// configuration is the sample for operators, and the baseline the same without the extender. Stretches take turns, since the machine's
/// speed drifts, and those with it, in clear text and over TLS, are compared with the one without before them.
/// </summary>
internal static class SchedulerRate
{
    public const int Nodes = 1_000;
    public const int Pods = 1_000;

    // One stretch differs from the next by a tenth; only where the ratio is near its goal must more of them say on which side.
    private const int Rounds = 5;
    private const int RoundsOfDefaultShare = 9;
    private const string PodsPath = "/api/v1/namespaces/default/pods";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Report report)
    {
        if (ControlPlane.MissingReason is { } missing)
        {
            report.Note($"kube-scheduler is not measured: {missing}");
            return;
        }

        var time = TimeProvider.System;
        using var scratch = new Scratch();
        await using var plane = await ControlPlane.StartAsync();
        await using var kubelets = StandInKubelets.Start(plane, new KubeletOptions { LeaseInterval = Timeout.InfiniteTimeSpan });
        await kubelets.AddNodesAsync(Nodes);
        using var client = new KubernetesClient(ClusterAccessLoader.Load(plane.KubeconfigPath, context: null, time), new KubernetesClientOptions(), time);
        await using var cluster = new KubernetesCluster(client, new KubernetesOptions(), time, NullLogger<KubernetesCluster>.Instance);
        await using var service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = scratch.Sub("data") }, cluster, new NoWakeups(), time, NullLoggerFactory.Instance, default);
        using var front = new ExtenderFront(service.Nominations, new ExtenderOptions(), time, NullLogger<ExtenderFront>.Instance);
        using var metrics = new MetricsPage();
        await using var http = await HotpathWebHost.StartHttpAsync(service, front, metrics, IPAddress.Loopback, new HttpEndpoint(0), NullLoggerFactory.Instance);
        using var files = new CertificateFiles("kube-scheduler");
        var options = new ServerTlsOptions { CertificatePath = files.ServerPath, KeyPath = files.ServerKeyPath, ClientCaPath = files.AuthorityPath };
        var tls = new HttpEndpoint(0, ServerTls.Load("Extender:Tls", options, time, NullLoggerFactory.Instance));
        await using var https = await HotpathWebHost.StartHttpAsync(service, front, metrics, IPAddress.Loopback, tls, NullLoggerFactory.Instance);

        var (alone, clear) = (SchedulerSample.WithoutExtender(), SchedulerSample.With(http.Urls.Single()));
        var secured = SchedulerSample.WithTls(https.Urls.Single(), files.Folder);
        await CompareAsync("all nodes", Rounds, configuration => configuration);
        // What the extender is asked about is up to the operator: fewer nodes cost less and are a choice from fewer.
        await CompareAsync("default share", RoundsOfDefaultShare, SchedulerSample.DefaultShare);

        async Task CompareAsync(string share, int rounds, Func<string, string> ask)
        {
            var (inClear, overTls) = (new List<(double, double)>(), new List<(double, double)>());
            for (var round = 0; round < rounds; round++)
            {
                var bare = await RateAsync(plane, service, ask(alone), time);
                inClear.Add((await RateAsync(plane, service, ask(clear), time), bare));
                overTls.Add((await RateAsync(plane, service, ask(secured), time), bare));
            }

            Tell($"kube-scheduler 1k nodes, {share}", inClear);
            Tell($"kube-scheduler 1k nodes, {share}, TLS", overTls);
        }

        void Tell(string name, List<(double, double)> rates)
        {
            var (rate, other) = Median.ByRatio(rates);
            report.Ratio(name, "rate", rate, "1/s", "without an extender", other, 0.9, atLeast: true);
        }
    }

    private static async Task<double> RateAsync(ControlPlane plane, HotpathService service, string configuration, TimeProvider time)
    {
        plane.Scheduler?.Kill();
        await Parallel.ForEachAsync(Enumerable.Range(0, Pods), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (number, cancellation) => await plane.Api.PostAsync(PodsPath, PodOf(number), cancellation));
        // Of its own accord it comes into some stretches only.
        await plane.Api.CollectGarbageAsync();
        await plane.StartSchedulerAsync(configuration);
        var (first, bound) = (time.GetTimestamp(), 0);
        await Eventually.TrueAsync("the binding of all pods", Patience, () =>
        {
            if (bound == 0)
                first = time.GetTimestamp();
            bound = service.Loop.Snapshot.Workloads().Count(workload => !workload.Assumed);
            return Task.FromResult(bound == Pods);
        }, () => plane.LogTails);
        var rate = Pods / time.GetElapsedTime(first).TotalSeconds;
        await plane.Api.DeleteAsync(PodsPath, new JsonObject { ["gracePeriodSeconds"] = 0 });
        await Eventually.TrueAsync("the end of all pods", Patience, () => Task.FromResult(service.Loop.Snapshot.WorkloadCount == 0), () => plane.LogTails);
        return rate;
    }

    private static JsonObject PodOf(int number) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = $"pod-{number:0000}" },
        ["spec"] = new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "main",
                ["image"] = "none",
                ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["cpu"] = "4", ["memory"] = "32Gi", ["nvidia.com/gpu"] = "1" } },
            }),
        },
    };
}
