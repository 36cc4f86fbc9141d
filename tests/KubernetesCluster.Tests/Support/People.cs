using System.Net;
using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>People who write a node all the time, each a field of their own, and find there every time what they wrote last.</summary>
internal sealed class People(World world, string node)
{
    private const string Key = "people.example/count";

    private readonly int[] _written = new int[3];

    /// <summary>How often each has written: labels, annotations, taints.</summary>
    public IReadOnlyList<int> Written => _written;

    /// <summary>With kubectl.</summary>
    public Task LabelAsync(CancellationToken stop) => WriteAsync(
        0, now => (string?)now["metadata"]!["labels"]?[Key], (_, count) => world.Plane.KubectlAsync("label", "--overwrite", "node", node, $"{Key}={count}"), stop);

    public Task AnnotateAsync(CancellationToken stop) => WriteAsync(
        1, now => (string?)now["metadata"]!["annotations"]?[Key],
        (_, count) => PatchAsync(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Key] = $"{count}" } } }), stop);

    /// <summary>With the version that the list of taints was read in, since the list is written as a whole.</summary>
    public Task TaintAsync(CancellationToken stop) => WriteAsync(2, ValueOfTaint, async (now, count) =>
    {
        var others = (now["spec"]!["taints"]?.AsArray() ?? []).Where(taint => (string?)taint!["key"] != Key).Select(taint => taint!.DeepClone());
        var own = new JsonObject { ["key"] = Key, ["value"] = $"{count}", ["effect"] = "PreferNoSchedule" };
        await PatchAsync(new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = (string)now["metadata"]!["resourceVersion"]! },
            ["spec"] = new JsonObject { ["taints"] = new JsonArray([.. others, own]) },
        });
    }, stop);

    private static string? ValueOfTaint(JsonNode now)
        => (now["spec"]!["taints"]?.AsArray() ?? []).Where(taint => (string?)taint!["key"] == Key).Select(taint => (string?)taint!["value"]).SingleOrDefault();

    private async Task WriteAsync(int who, Func<JsonNode, string?> read, Func<JsonNode, int, Task> write, CancellationToken stop)
    {
        for (string? last = null; !stop.IsCancellationRequested;)
        {
            var now = await world.NodeAsync(node);
            Assert.Equal(last, read(now));
            try
            {
                await write(now, _written[who] + 1);
                last = $"{++_written[who]}";
            }
            catch (ApiException refused) when (refused.Status == HttpStatusCode.Conflict)
            {
                // Somebody else has written meanwhile.
            }
        }
    }

    private Task PatchAsync(JsonObject patch) => world.Plane.Api.PatchAsync($"/api/v1/nodes/{node}", patch);
}
