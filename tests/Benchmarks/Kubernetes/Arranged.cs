using System.Text.Json.Nodes;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>Objects of a cluster, made past the client that is measured.</summary>
internal static class Arranged
{
    public const string PodsPath = "/api/v1/namespaces/default/pods";

    private const int Parallelism = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static KubernetesClient Client(ControlPlane plane)
        => new(ClusterAccessLoader.Load(plane.KubeconfigPath, context: null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);

    public static Task EachAsync(int count, Func<int, Task> work) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (number, _) => await work(number));

    /// <summary>Nodes of 8 GPUs for which nobody acts afterwards.</summary>
    public static async Task<IReadOnlyList<string>> NodesAsync(ControlPlane plane, int count)
    {
        await using var kubelets = StandInKubelets.Start(plane, new KubeletOptions { LeaseInterval = Timeout.InfiniteTimeSpan });
        return await kubelets.AddNodesAsync(count);
    }

    public static Task PodsAsync(ControlPlane plane, int count, Func<int, JsonObject> pod)
        => EachAsync(count, number => plane.Api.PostAsync(PodsPath, pod(number)));

    public static async Task RemovePodsAsync(ControlPlane plane)
    {
        await plane.Api.DeleteAsync(PodsPath, new JsonObject { ["gracePeriodSeconds"] = 0 });
        await Eventually.TrueAsync("the end of all pods", Patience, async () => (await plane.Api.GetAsync($"{PodsPath}?limit=1"))["items"]!.AsArray().Count == 0);
    }

    public static string PodName(int number) => $"pod-{number:00000}";

    /// <summary>One GPU.</summary>
    /// <param name="node">Bound from the start; null: it waits.</param>
    public static JsonObject Pod(int number, string scheduler, string? node = null, uint mask = 0, string app = "bench")
    {
        var metadata = new JsonObject { ["name"] = PodName(number), ["labels"] = new JsonObject { ["app"] = app } };
        if (mask != 0)
            metadata["annotations"] = new JsonObject { ["pipeline.gpu/gpus"] = $"0x{mask:x}" };
        var limits = new JsonObject { ["cpu"] = "4", ["memory"] = "32Gi", ["nvidia.com/gpu"] = "1" };
        var spec = new JsonObject
        {
            ["schedulerName"] = scheduler,
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = "none", ["resources"] = new JsonObject { ["limits"] = limits } }),
        };
        if (node is not null)
            spec["nodeName"] = node;
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec };
    }
}
