using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Client;

/// <summary>What a controller says about objects that people write.</summary>
public static class StatusCalls
{
    /// <summary>
    /// Server-side apply of the status alone, all of its fields that are set. The object may come from a watch; another that has taken its
    /// name meanwhile is a conflict.
    /// </summary>
    public static Task<T> ApplyStatusAsync<T>(
        this KubernetesClient client, ResourceKind<T> kind, T item, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        var metadata = new JsonObject { ["name"] = item.Metadata.Name, ["uid"] = item.Metadata.Uid };
        if (kind.Namespaced)
            metadata["namespace"] = item.Metadata.Namespace;
        var change = new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = metadata, ["status"] = StatusOf(kind, item) };
        return client.PatchAsync(kind, item.FullName, Patch.Apply(change, force: true), (options ?? RequestOptions.Default) with { Subresource = "status" }, cancellation);
    }

    /// <summary>Both objects say the same in their status.</summary>
    public static bool HaveSameStatus<T>(ResourceKind<T> kind, T one, T other)
        where T : KubernetesObject
        => JsonNode.DeepEquals(StatusOf(kind, one), StatusOf(kind, other));

    private static JsonNode? StatusOf<T>(ResourceKind<T> kind, T item)
        where T : KubernetesObject
        => JsonSerializer.SerializeToNode(item, kind.Item)!.AsObject() is { } whole && whole.Remove("status", out var status) ? status : null;
}
