using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>
/// Compares the whole model with a fresh listing that does not go through the product: nodes with what they have, who holds them and what
/// is used of them, workloads with their places and budgets, budgets, and the queue.
/// </summary>
internal static class ModelCheck
{
    private const string Person = "person";

    /// <param name="scheduler">Whose pods are ours.</param>
    /// <returns>Lines that only one of the two says, and GPUs that the server has given away twice; empty: they agree.</returns>
    public static async Task<string> DifferencesAsync(ClusterSnapshot model, ApiAccess api, string scheduler)
    {
        var (nodes, pods, budgets) = (await ListAsync(api, "/api/v1/nodes"), await ListAsync(api, "/api/v1/pods"), await ListAsync(api, "/apis/policy/v1beta1/poddisruptionbudgets"));
        var bound = pods.Where(IsBound).ToList();
        var waiting = pods.Where(pod => Text(pod["spec"]!["nodeName"]).Length == 0).Select(IdOf).ToHashSet();
        var said = Server(nodes, bound, budgets, scheduler);
        var held = Model(model, bound.Where(pod => MaskOf(pod) == 0).Select(IdOf).ToHashSet(), budgets.Select(NameOf).ToHashSet(StringComparer.Ordinal));
        var lines = said.Except(held).Select(line => $"only the server: {line}")
            .Concat(held.Except(said).Select(line => $"only the model: {line}"))
            .Concat(model.Pending().Where(job => job.Gang is null && job.Actor == WorkloadCommands.Actor && !waiting.Contains(job.Id)).Select(job => $"only the queue: {job.Name}"))
            .Concat(GivenTwice(bound));
        return string.Join('\n', lines);
    }

    private static HashSet<string> Server(IReadOnlyList<JsonNode> nodes, IReadOnlyList<JsonNode> bound, IReadOnlyList<JsonNode> budgets, string scheduler)
    {
        var lines = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            var own = bound.Where(pod => Text(pod["spec"]!["nodeName"]) == NameOf(node)).ToList();
            var has = node["status"]!["allocatable"];
            lines.Add(Line(
                NameOf(node), (int)Amount(has, "nvidia.com/gpu"), (long)(Amount(has, "cpu") * 1000), (long)Amount(has, "memory") >> 20, GroupOf(node), IsReady(node), IsClosed(node),
                Text(node["metadata"]!["annotations"]?["pipeline.gpu/run"]), own.Sum(GpusOf) * 1000, own.Sum(pod => (long)(Requested(pod, "cpu") * 1000)),
                own.Sum(pod => (long)Requested(pod, "memory") >> 20), own.Count, (int)Amount(has, "pods")));
        }

        foreach (var pod in bound)
        {
            var over = IsOurs(pod, scheduler) ? budgets.Where(budget => Selects(budget, pod)).Select(NameOf).SingleOrDefault("") : $"{(string?)pod["metadata"]!["namespace"]}/(pinned)";
            lines.Add(Line(IdOf(pod), NameOf(pod), Text(pod["spec"]!["nodeName"]), GpusOf(pod), MaskOf(pod), over, assumed: false));
        }

        foreach (var budget in budgets)
        {
            var status = budget["status"];
            var isCurrent = (long?)status?["observedGeneration"] >= (long?)budget["metadata"]!["generation"];
            lines.Add(Line(NameOf(budget), isCurrent ? (int?)status?["disruptionsAllowed"] ?? 0 : 0));
        }

        return lines;
    }

    /// <param name="unnamed">Workloads of whose GPUs nobody but their node knows which they are.</param>
    /// <param name="budgets">Those that there are; the model keeps the names of others.</param>
    private static HashSet<string> Model(ClusterSnapshot model, HashSet<ulong> unnamed, HashSet<string> budgets)
    {
        var lines = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in model.Nodes())
        {
            var run = node.QuarantinedBy == 0 ? "" : model.Repair.RunByNumber(node.QuarantinedBy)?.Id ?? "?";
            lines.Add(Line(
                node.Name, node.GpuCount, node.CpuTotalMilli, node.MemoryTotalMib, node.Group, node.Reachable, node.ForeignCordon, run,
                Sum(node.GpuUsedMilli), node.CpuUsedMilli, node.MemoryUsedMib, node.WorkloadCount, node.MaxWorkloads));
        }

        foreach (var workload in model.Workloads())
        {
            var node = model.TryGetNode(workload.Node, out var holder) ? holder.Name : "?";
            var budget = workload.Traits.Budget == WorkloadTraits.NoBudget ? "" : model.Budgets[workload.Traits.Budget].Name;
            lines.Add(Line(
                workload.Id, workload.Name, node, BitOperations.PopCount(workload.GpuMask), unnamed.Contains(workload.Id) ? 0 : workload.GpuMask, budget, workload.Assumed));
        }

        foreach (var left in model.Departing)
            lines.Add($"workload {left}: was told to go");
        foreach (var budget in model.Budgets.Where(budget => budgets.Contains(budget.Name)))
            lines.Add(Line(budget.Name, budget.Allowed));
        return lines;
    }

    private static IEnumerable<string> GivenTwice(IReadOnlyList<JsonNode> bound) =>
        from one in bound
        from other in bound
        where string.CompareOrdinal(NameOf(one), NameOf(other)) < 0 && Text(one["spec"]!["nodeName"]) == Text(other["spec"]!["nodeName"]) && (MaskOf(one) & MaskOf(other)) != 0
        select $"on the same GPUs of {Text(one["spec"]!["nodeName"])}: {NameOf(one)} and {NameOf(other)}";

    private static string Line(
        string node, int gpus, long cpu, long memory, string group, bool ready, bool closed, string run, int gpuUsed, long cpuUsed, long memoryUsed,
        int pods, int most)
        => $"node {node}: of {gpus * 1000} milli-GPU {gpuUsed}, of {cpu} milli-CPU {cpuUsed}, of {memory} MiB {memoryUsed} in use, {pods} of at most {most} pods, group '{group}', ready {ready}, cordoned {closed}, held by '{run}'";

    // Others are nobody's victims.
    private static bool IsOurs(JsonNode pod, string scheduler) => (string?)pod["spec"]!["schedulerName"] == scheduler || pod["metadata"]!["annotations"]?["pipeline.gpu/gpus"] is not null;

    private static string Line(ulong id, string name, string node, int gpus, uint mask, string budget, bool assumed)
        => $"workload {id} {name}: on {node} with {gpus} GPUs (0x{mask:x}), budget '{budget}', assumed {assumed}";

    private static string Line(string budget, int allowed) => $"budget {budget}: allows {allowed}";

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(ApiAccess api, string path) => [.. (await api.GetAsync(path))["items"]!.AsArray().OfType<JsonNode>()];

    private static string Text(JsonNode? node) => (string?)node ?? "";

    private static string NameOf(JsonNode item)
        => Text(item["metadata"]!["namespace"]) is { Length: > 0 } space ? $"{space}/{Text(item["metadata"]!["name"])}" : Text(item["metadata"]!["name"]);

    private static ulong IdOf(JsonNode pod) => PodTranslation.IdOf(Text(pod["metadata"]!["uid"]));

    private static bool IsBound(JsonNode pod) => Text(pod["spec"]!["nodeName"]).Length > 0 && Text(pod["status"]!["phase"]) is not ("Succeeded" or "Failed");

    private static string GroupOf(JsonNode node)
        => Text(node["metadata"]!["labels"]?["pipeline.gpu/group"]) is { Length: > 0 } own ? own : Text(node["metadata"]!["labels"]?["nvidia.com/gpu.product"]);

    private static bool IsReady(JsonNode node)
        => node["status"]!["conditions"]?.AsArray().Any(condition => Text(condition!["type"]) == "Ready" && Text(condition["status"]) == "True") ?? false;

    /// <summary>By others than us.</summary>
    private static bool IsClosed(JsonNode node)
    {
        var annotations = node["metadata"]!["annotations"];
        var ours = Text(annotations?["pipeline.gpu/run"]) is { Length: > 0 } run && Text(annotations?["pipeline.gpu/cordon-owner"]) is var owner && owner != Person && owner == run;
        var taints = node["spec"]!["taints"]?.AsArray() ?? [];
        return ((bool?)node["spec"]!["unschedulable"] == true && !ours) || taints.Any(taint => Text(taint!["effect"]) is "NoSchedule" or "NoExecute"
            && Text(taint["key"]) is not ("pipeline.gpu/quarantined" or "nvidia.com/gpu" or "node.kubernetes.io/unschedulable" or "node.kubernetes.io/not-ready" or "node.kubernetes.io/unreachable"));
    }

    private static bool Selects(JsonNode budget, JsonNode pod)
    {
        var wanted = budget["spec"]!["selector"]!["matchLabels"]!.AsObject();
        return Text(budget["metadata"]!["namespace"]) == Text(pod["metadata"]!["namespace"]) && wanted.All(label => Text(pod["metadata"]!["labels"]?[label.Key]) == Text(label.Value));
    }

    private static int GpusOf(JsonNode pod) => (int)Requested(pod, "nvidia.com/gpu");

    private static uint MaskOf(JsonNode pod) => Text(pod["metadata"]!["annotations"]?["pipeline.gpu/gpus"]) is { Length: > 2 } text
        ? uint.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : 0;

    private static decimal Requested(JsonNode pod, string resource)
        => pod["spec"]!["containers"]!.AsArray().Sum(container => Amount(container!["resources"]?["requests"], resource));

    private static decimal Amount(JsonNode? amounts, string resource)
        => amounts?[resource] is { } amount && Quantity.TryParse(Text(amount), out var quantity) ? quantity.Milli / 1000m : 0;

    private static int Sum(ReadOnlySpan<int> amounts)
    {
        var sum = 0;
        foreach (var amount in amounts)
            sum += amount;
        return sum;
    }
}
