using System.Text.Json;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <summary>Objects as the server sends them.</summary>
internal static class Objects
{
    public static Pod Pod(string spec, string metadata = "", string status = "")
        => Read<Pod>($$"""{"metadata":{"name":"w","namespace":"team","uid":"u-1"{{Further(metadata)}}},"spec":{ {{spec}} },"status":{ {{status}} } }""");

    /// <summary>A pod with one container of these requests.</summary>
    public static Pod Asking(string requests, string further = "", string metadata = "") => Pod($"{Containers(requests)}{Further(further)}", metadata);

    public static Node Node(string name = "n1", string metadata = "", string spec = "", string status = "", string gpus = "8", string allocatable = "")
        => Read<Node>($$$"""
        {"metadata":{"name":"{{{name}}}"{{{Further(metadata)}}} },"spec":{ {{{spec}}} },
         "status":{"allocatable":{"cpu":"64","memory":"512Gi","nvidia.com/gpu":"{{{gpus}}}"{{{Further(allocatable)}}} },"conditions":[{"type":"Ready","status":"True"}]{{{Further(status)}}} } }
        """);

    public static T Read<T>(string json) => JsonSerializer.Deserialize(json, KubernetesJson.Options.TypeInfo<T>())!;

    public static string Containers(params string[] requests)
        => $"\"containers\":[{string.Join(',', requests.Select((request, at) => $$"""{"name":"c{{at}}","resources":{"requests":{ {{request}} } } }"""))}]";

    private static string Further(string json) => json.Length == 0 ? "" : "," + json;
}
