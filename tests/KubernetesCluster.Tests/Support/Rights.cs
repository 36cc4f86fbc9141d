using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>Takes a right of the product's account away, and gives all of them back at the end.</summary>
internal sealed class Rights : IAsyncDisposable
{
    private const string Role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/pipeline";
    private const string User = "system:serviceaccount:pipeline-system:pipeline";

    private readonly ControlPlane _plane;
    private readonly JsonNode _whole;

    private Rights(ControlPlane plane, JsonNode whole) => (_plane, _whole) = (plane, whole);

    /// <param name="verb">Such as <c>create</c>.</param>
    /// <param name="resource">Such as <c>pods/eviction</c>.</param>
    /// <param name="group">Default the core group.</param>
    public static async Task<Rights> WithoutAsync(ControlPlane plane, string verb, string resource, string group = "")
    {
        var whole = await plane.Api.GetAsync(Role);
        var rights = new Rights(plane, whole["rules"]!);
        var rules = whole["rules"]!.DeepClone().AsArray();
        var verbs = rules.Single(rule => (string?)rule!["apiGroups"]![0] == group && (string?)rule["resources"]![0] == resource)!["verbs"]!.AsArray();
        Assert.True(verbs.Remove(verbs.Single(known => (string?)known == verb)));
        if (verbs.Count == 0)
            rules.Remove(verbs.Parent);
        await rights.SetAsync(rules);
        // The server reads its rules from a watch of its own.
        await World.UntilAsync($"the end of the right to {verb} {resource}", async () => !await rights.MayAsync(verb, resource, group));
        return rights;
    }

    public Task GiveBackAsync() => SetAsync(_whole.DeepClone());

    public async ValueTask DisposeAsync() => await GiveBackAsync();

    private Task SetAsync(JsonNode rules) => _plane.Api.PatchAsync(Role, new JsonObject { ["rules"] = rules });

    private async Task<bool> MayAsync(string verb, string resource, string group)
    {
        var parts = resource.Split('/');
        string[] subresource = parts.Length > 1 ? [$"--subresource={parts[1]}"] : [];
        return (await _plane.RunKubectlAsync(["auth", "can-i", verb, group.Length == 0 ? parts[0] : $"{parts[0]}.{group}", .. subresource, "--as", User])).Output.Trim() == "yes";
    }
}
