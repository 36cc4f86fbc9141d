using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>A bound pod, as far as its kubelet needs it.</summary>
/// <param name="Version">Of this state of it.</param>
internal sealed record Pod(
    string Uid, string Version, string Path, string Node, string Phase, Resources Request, TimeSpan? Grace, IReadOnlyList<(string Name, string Image)> Containers)
{
    public bool IsPending => Phase == "Pending";

    public bool IsDone => Phase is "Succeeded" or "Failed";

    public bool IsDeleted => Grace is not null;

    public static Pod Of(JsonNode pod)
    {
        var (metadata, spec) = (pod["metadata"]!, pod["spec"]!);
        return new Pod(
            (string)metadata["uid"]!,
            (string)metadata["resourceVersion"]!,
            $"/api/v1/namespaces/{metadata["namespace"]}/pods/{metadata["name"]}",
            (string)spec["nodeName"]!,
            (string)pod["status"]!["phase"]!,
            Resources.OfPod(spec),
            metadata["deletionTimestamp"] is null ? null : TimeSpan.FromSeconds((int?)metadata["deletionGracePeriodSeconds"] ?? 0),
            [.. ((JsonArray)spec["containers"]!).Select(container => ((string)container!["name"]!, (string?)container["image"] ?? ""))]);
    }
}
