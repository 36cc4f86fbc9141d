using System.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>
/// How fast pods that wait are bound: by the scheduler mode, by the client alone when it is told where, and by kube-scheduler 1.20.2. The
/// three take turns, since the machine's speed drifts. What runs in this process has had turns before that do not count, until next to no
/// code is compiled in one: it is meant to run for months, and the first ten thousand pods take up to a third of a processor for that. All
/// pods are there before anybody starts, and the rate is that from the first pod that a watch shows bound to the last.
/// </summary>
internal static class BindRate
{
    public const int Nodes = 1_000;
    public const int Pods = 2_000;

    private const int Rounds = 5;
    private const int MostWarmUps = 8;

    // Of the time in which the pods are bound: what compiling may take of one processor meanwhile.
    private const double QuietShare = 0.25;

    // What goes best differs between machines.
    private static readonly int[] Parallelisms = [16, 64];

    public static async Task RunAsync(Report report, Func<int, int> sized)
    {
        var time = TimeProvider.System;
        await using var plane = await ControlPlane.StartAsync();
        var nodes = await Arranged.NodesAsync(plane, sized(Nodes));
        using var client = Arranged.Client(plane);
        var rig = new Stretch(plane, client, sized(Pods), time);
        var bare = Parallelisms.ToDictionary(parallel => parallel, _ => new List<double>());
        var (peer, ours) = (new List<double>(), new List<double>());
        foreach (var parallel in Parallelisms)
            await rig.RateAsync("nobody", pods => BareAsync(client, nodes, pods, parallel));
        var before = await WarmUpAsync(rig);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (parallel, rates) in bare)
                rates.Add(await rig.RateAsync("nobody", pods => BareAsync(client, nodes, pods, parallel)));
            ours.Add(await OursAsync(rig));
            peer.Add(await rig.RateAsync("default-scheduler", async seen =>
            {
                await plane.StartSchedulerAsync();
                await seen;
                plane.Scheduler!.Kill();
            }));
        }

        foreach (var (parallel, rates) in bare)
            report.Figure($"bare bindings, {parallel} at a time", "rate", Median.Of(rates), "1/s");
        report.Figure("scheduler mode", "turns before", before, "");
        report.Ratio("scheduler mode", "rate", Median.Of(ours), "1/s", "bare bindings", bare.Values.Max(Median.Of), 0.8, atLeast: true);
        report.Ratio("scheduler mode", "rate", Median.Of(ours), "1/s", "kube-scheduler", Median.Of(peer), 4, atLeast: true);
        report.Ratio("bare bindings", "rate", bare.Values.Max(Median.Of), "1/s", "kube-scheduler", Median.Of(peer));
    }

    /// <returns>How many turns it took.</returns>
    private static async Task<int> WarmUpAsync(Stretch rig)
    {
        for (var turn = 1; ; turn++)
        {
            var compiled = JitInfo.GetCompilationTime();
            var binding = rig.Pods / await OursAsync(rig);
            if ((JitInfo.GetCompilationTime() - compiled).TotalSeconds < QuietShare * binding || turn == MostWarmUps)
                return turn;
        }
    }

    private static async Task<double> OursAsync(Stretch rig)
    {
        using var scratch = new Scratch();
        await using var cluster = new KubernetesCluster(rig.Client, new KubernetesOptions(), rig.Time, NullLogger<KubernetesCluster>.Instance);
        return await rig.RateAsync("pipeline", async seen =>
        {
            await using var service = await HotpathService.StartAsync(
                new HotpathOptions { DataDirectory = scratch.Sub("data") }, cluster, new NoWakeups(), rig.Time, NullLoggerFactory.Instance, default);
            await seen;
        });
    }

    /// <summary>As the adapter binds, with the GPUs in the same write.</summary>
    private static async Task BareAsync(KubernetesClient client, IReadOnlyList<string> nodes, Task<long[]> seen, int parallel)
    {
        var pods = await client.ListAsync(Kinds.Pods);
        var numbers = Enumerable.Range(0, pods.Items.Count);
        await Parallel.ForEachAsync(numbers, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (number, cancellation) =>
        {
            var (pod, gpu) = (pods.Items[number], number / nodes.Count % EngineWorld.GpusPerNode);
            var annotations = new Dictionary<string, string> { ["pipeline.gpu/gpus"] = $"0x{1 << gpu:x}" };
            await client.BindAsync(pod.FullName, pod.Metadata.Uid, nodes[number % nodes.Count], annotations, options: null, cancellation);
        });
        await seen;
    }

    private sealed class Stretch(ControlPlane plane, KubernetesClient client, int pods, TimeProvider time)
    {
        public KubernetesClient Client => client;

        public int Pods => pods;

        public TimeProvider Time => time;

        /// <param name="bind">Has all pods bound; its argument completes when a watch has shown them so.</param>
        public async Task<double> RateAsync(string scheduler, Func<Task<long[]>, Task> bind)
        {
            await Arranged.PodsAsync(plane, pods, number => Arranged.Pod(number, scheduler));
            // Of their own accord they come into some turns only, where the server's takes a third of a second.
            await plane.Api.CollectGarbageAsync();
            GC.Collect();
            double rate;
            using (var watcher = Arranged.Client(plane))
            await using (var bound = await Sightings<Pod>.StartAsync(watcher, Kinds.Pods, pod => pod.Spec.NodeName is { Length: > 0 }, time))
            {
                var all = bound.OfAllAsync(Enumerable.Range(0, pods).Select(Arranged.PodName));
                await bind(all);
                var seen = await all;
                rate = pods / time.GetElapsedTime(seen[0], seen[^1]).TotalSeconds;
            }

            await Arranged.RemovePodsAsync(plane);
            return rate;
        }
    }
}
