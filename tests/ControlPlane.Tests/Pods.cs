using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane.Tests;

internal static class Pods
{
    public const string Path = "/api/v1/namespaces/default/pods";

    /// <param name="name">Of the pod.</param>
    /// <param name="gpus">That it asks for.</param>
    /// <param name="node">Bound to it from the start, past any scheduler; null to have it scheduled.</param>
    public static JsonObject Of(string name, int gpus, string? node = null)
    {
        var spec = new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "main",
                ["image"] = "none",
                ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["nvidia.com/gpu"] = $"{gpus}" } },
            }),
        };
        if (node is not null)
            spec["nodeName"] = node;
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec };
    }
}
