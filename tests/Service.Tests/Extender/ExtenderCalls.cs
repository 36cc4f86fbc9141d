using System.Net;
using System.Text;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Extender;

/// <summary>kube-scheduler's side of the contract.</summary>
internal static class ExtenderCalls
{
    /// <summary>A pod as kube-scheduler sends it; its UID is <c>uid-NAME</c>.</summary>
    public static string Pod(string name, int gpus = 1, string labels = "", string annotations = "", string selector = "", string resource = "nvidia.com/gpu")
        => $$$"""
            {"metadata":{"name":"{{{name}}}","namespace":"team","uid":"uid-{{{name}}}","labels":{{{{labels}}}},"annotations":{{{{annotations}}}} },
            "spec":{"nodeSelector":{{{{selector}}}},"containers":[{"name":"main","resources":{"requests":{"cpu":"1","memory":"1Gi","{{{resource}}}":"{{{gpus}}}"} } }]},"status":{"phase":"Pending"}}
            """;

    public static ulong IdOf(string name) => PodTranslation.IdOf($"uid-{name}");

    /// <summary>The same pod as the cluster lists it.</summary>
    public static ClusterWorkload Listed(string name, int gpus = 1, string gang = "", int min = 0) => new(IdOf(name), $"team/{name}", "", gpus, 1000, 0, 1000, 1024, "", false)
    {
        Foreign = true,
        Labels = new WorkloadLabels { Gang = gang.Length > 0 ? new GangLabel(gang, min) : null },
    };

    public static string Args(string pod, params string[] nodes)
        => $$"""{"Pod":{{pod}},"Nodes":null,"NodeNames":[{{string.Join(',', nodes.Select(node => $"\"{node}\""))}}]}""";

    public static async Task<string> CallAsync(this HttpClient http, string verb, string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await http.PostAsync($"/extender/{verb}", new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{response.StatusCode}: {text}");
        if (expected == HttpStatusCode.OK)
            Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        return text;
    }

    public static Task<string> FilterAsync(this ServiceWorld world, string pod, params string[] nodes) => world.Http.CallAsync("filter", Args(pod, nodes));
}
