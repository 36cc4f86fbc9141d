using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Kubernetes.Client;

/// <summary>A partial change. All but the JSON patch say the same when said twice, and are repeated when no answer comes.</summary>
public sealed class Patch
{
    private Patch(string contentType, byte[] body, bool safeToRepeat) => (ContentType, Body, SafeToRepeat) = (contentType, body, safeToRepeat);

    internal string ContentType { get; }

    internal byte[] Body { get; }

    internal bool SafeToRepeat { get; }

    /// <summary>Server-side apply takes over fields that others own.</summary>
    internal bool? Force { get; private init; }

    /// <summary>RFC 7396: what is named is set, what is null is removed, lists are replaced.</summary>
    public static Patch Merge(JsonObject change) => new("application/merge-patch+json", Bytes(change), safeToRepeat: true);

    /// <summary>A merge that knows the keys of some lists, such as the type of a condition. A node's taints have none: they are replaced as a whole. Of built-in kinds only.</summary>
    public static Patch StrategicMerge(JsonObject change) => new("application/strategic-merge-patch+json", Bytes(change), safeToRepeat: true);

    /// <summary>RFC 6902: operations in order; a <c>test</c> that fails refuses all of them.</summary>
    public static Patch Operations(JsonArray operations) => new("application/json-patch+json", Bytes(operations), safeToRepeat: false);

    /// <summary>
    /// Server-side apply: these fields are ours, with these values; fields that we applied earlier and do not name are removed. JSON is YAML,
    /// which is what the server calls the format.
    /// </summary>
    /// <param name="configuration">With apiVersion, kind and metadata.name.</param>
    /// <param name="force">Take over fields that others own. Without it, that is a conflict.</param>
    public static Patch Apply(JsonObject configuration, bool force) => Apply(Bytes(configuration), force);

    internal static Patch Apply(byte[] configuration, bool force) => new("application/apply-patch+yaml", configuration, safeToRepeat: true) { Force = force };

    private static byte[] Bytes(JsonNode node)
        => Encoding.UTF8.GetBytes(node.ToJsonString());
}
