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
/// three take turns, since the machine's speed drifts, and the scheduler mode is compared with the bindings of its own round. It is meant to
/// run for months: its process has turns before that do not count, until next to no code is compiled in one, and a service one, which fills
/// the memory that it goes on with. All pods are there before anybody starts, and the rate is that from the first pod that a watch shows
/// bound to the last.
/// </summary>
internal static class BindRate
{
    public const int Nodes = 1_000;
    public const int Pods = 2_000;

    // One turn differs from the next by a tenth.
    private const int Rounds = 9;
    private const int RoundsOfPeer = 3;
    private const int MostWarmUps = 8;

    // Of the time in which the pods are bound: what compiling may take of one processor meanwhile.
    private const double QuietShare = 0.25;

    // What goes best differs between machines.
    private static readonly int[] Parallelisms = [64, 128];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Report report, Func<int, int> sized)
    {
        var time = TimeProvider.System;
        await using var plane = await ControlPlane.StartAsync();
        var nodes = await Arranged.NodesAsync(plane, sized(Nodes));
        using var client = Arranged.Client(plane);
        var rig = new Stretch(plane, client, sized(Pods), time);
        var bare = Parallelisms.ToDictionary(parallel => parallel, _ => new List<double>());
        var (ours, peer) = (new List<double>(), new List<double>());
        foreach (var parallel in Parallelisms)
            await BareAsync(rig, nodes, parallel);
        var before = await WithServiceAsync(rig, service => WarmUpAsync(rig, service));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (parallel, rates) in bare)
                rates.Add(await BareAsync(rig, nodes, parallel));
            ours.Add(await WithServiceAsync(rig, async service =>
            {
                await OursAsync(rig, service);
                return await OursAsync(rig, service);
            }));
            if (round < RoundsOfPeer)
                peer.Add(await PeerAsync(rig));
        }

        foreach (var (parallel, rates) in bare)
            report.Figure($"bare bindings, {parallel} at a time", "rate", Median.Of(rates), "1/s");
        report.Figure("scheduler mode", "turns before", before, "");
        var best = bare.Values.MaxBy(Median.Of)!;
        var (rate, bound) = Median.ByRatio(ours.Zip(best));
        report.Ratio("scheduler mode", "rate", rate, "1/s", "bare bindings", bound, 0.8, atLeast: true);
        (rate, bound) = Median.ByRatio(ours.Zip(peer));
        report.Ratio("scheduler mode", "rate", rate, "1/s", "kube-scheduler", bound, 4, atLeast: true);
        (rate, bound) = Median.ByRatio(best.Zip(peer));
        report.Ratio("bare bindings", "rate", rate, "1/s", "kube-scheduler", bound);
    }

    private static async Task<T> WithServiceAsync<T>(Stretch rig, Func<HotpathService, Task<T>> work)
    {
        using var scratch = new Scratch();
        await using var cluster = new KubernetesCluster(rig.Client, new KubernetesOptions(), rig.Time, NullLogger<KubernetesCluster>.Instance);
        await using var service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = scratch.Sub("data") }, cluster, new NoWakeups(), rig.Time, NullLoggerFactory.Instance, default);
        return await work(service);
    }

    /// <returns>How many turns it took.</returns>
    private static async Task<int> WarmUpAsync(Stretch rig, HotpathService service)
    {
        for (var turn = 1; ; turn++)
        {
            var compiled = JitInfo.GetCompilationTime();
            var binding = rig.Pods / await OursAsync(rig, service);
            if ((JitInfo.GetCompilationTime() - compiled).TotalSeconds < QuietShare * binding || turn == MostWarmUps)
                return turn;
        }
    }

    /// <summary>One that runs and knows of all pods before it may look for places.</summary>
    private static async Task<double> OursAsync(Stretch rig, HotpathService service)
    {
        var (held, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        var idle = service.Binder.WhileIdleAsync(
            () =>
            {
                held.SetResult();
                return released.Task;
            },
            default);
        await held.Task;
        var rate = await rig.RateAsync(
            "pipeline",
            known: () => service.Binder.Pending == rig.Pods,
            bind: async seen =>
            {
                released.SetResult();
                await idle;
                await seen;
            });
        await Eventually.TrueAsync("the end of all workloads", Patience, () => Task.FromResult(service.Loop.Snapshot.WorkloadCount == 0));
        return rate;
    }

    private static Task<double> PeerAsync(Stretch rig) => rig.RateAsync("default-scheduler", known: () => true, async seen =>
    {
        await rig.Plane.StartSchedulerAsync();
        await seen;
        rig.Plane.Scheduler!.Kill();
    });

    private static Task<double> BareAsync(Stretch rig, IReadOnlyList<string> nodes, int parallel)
        => rig.RateAsync("nobody", known: () => true, seen => BareAsync(rig.Client, nodes, seen, parallel));

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
        public ControlPlane Plane => plane;

        public KubernetesClient Client => client;

        public int Pods => pods;

        public TimeProvider Time => time;

        /// <param name="known">Whether who binds knows of all pods.</param>
        /// <param name="bind">Has all pods bound; its argument completes when a watch has shown them so.</param>
        public async Task<double> RateAsync(string scheduler, Func<bool> known, Func<Task<long[]>, Task> bind)
        {
            await Arranged.PodsAsync(plane, pods, number => Arranged.Pod(number, scheduler));
            await Eventually.TrueAsync("the word of all pods", Patience, () => Task.FromResult(known()));
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
