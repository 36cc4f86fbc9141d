using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

internal static class Manifests
{
    /// <param name="node">Bound from the start, past any scheduler; null: it waits for ours.</param>
    public static JsonObject Pod(
        string name, int gpus = 1, string? node = null, uint mask = 0, IReadOnlyDictionary<string, string>? labels = null, string scheduler = "pipeline", Action<JsonObject>? spec = null)
    {
        var limits = new JsonObject { ["cpu"] = "1", ["memory"] = "1Gi" };
        if (gpus > 0)
            limits["nvidia.com/gpu"] = $"{gpus}";
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject((labels ?? new Dictionary<string, string>()).Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
                ["annotations"] = mask == 0 ? new JsonObject() : new JsonObject { ["pipeline.gpu/gpus"] = $"0x{mask:x}" },
            },
            ["spec"] = new JsonObject
            {
                ["schedulerName"] = scheduler,
                ["terminationGracePeriodSeconds"] = 30,
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = "none", ["resources"] = new JsonObject { ["limits"] = limits } }),
            },
        };
        if (node is not null)
            pod["spec"]!["nodeName"] = node;
        spec?.Invoke((JsonObject)pod["spec"]!);
        return pod;
    }

    /// <summary>The pod as a member of the gang "g" of its namespace.</summary>
    public static JsonObject InGang(int least, JsonObject pod)
    {
        pod["metadata"]!["labels"]!["pipeline.gpu/gang"] = "g";
        pod["metadata"]!["annotations"]!["pipeline.gpu/gang-min"] = $"{least}";
        return pod;
    }

    public static JsonObject Budget(string name, string app, int minAvailable) => new()
    {
        ["apiVersion"] = "policy/v1beta1",
        ["kind"] = "PodDisruptionBudget",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["minAvailable"] = minAvailable, ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = app } } },
    };

    /// <summary>Nodes of a machine group of their own.</summary>
    public static NodeTemplate Group(string name) => new() { Prefix = $"{name}-", Group = name, GroupLabel = "pipeline.gpu/group" };

    public static Action<JsonObject> InGroup(string name) => spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = name };
}
