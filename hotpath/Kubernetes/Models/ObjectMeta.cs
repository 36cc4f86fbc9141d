using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>meta/v1 ObjectMeta.</summary>
public sealed record ObjectMeta : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>The server makes up a name that begins so.</summary>
    public string? GenerateName { get; init; }

    /// <summary>Null: the kind is not namespaced.</summary>
    public string? Namespace { get; init; }

    /// <summary>Given by the server, never used again. Empty: not created yet.</summary>
    public string Uid { get; init => field = value ?? ""; } = "";

    /// <summary>Opaque. A replace with one succeeds only if the object is still of this version; without one it always does.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts the changes of the spec.</summary>
    public long? Generation { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>The object is on its way out.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Seconds.</summary>
    public long? DeletionGracePeriodSeconds { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? Empty.Texts; } = Empty.Texts;

    public IReadOnlyDictionary<string, string> Annotations { get; init => field = value ?? Empty.Texts; } = Empty.Texts;

    public IReadOnlyList<OwnerReference> OwnerReferences { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Finalizers { get; init => field = value ?? []; } = [];

    /// <summary>
    /// Of a node, by <c>managedFields</c>: who wrote the taints last, such as <c>kubectl-taint</c>; null where there are none, or nobody's name
    /// is with them. The rest of <c>managedFields</c>, often the larger half of an object, is passed over, and none of it is written, upon which
    /// the server goes on with what it has (structured-merge-diff).
    /// </summary>
    [JsonPropertyName("managedFields")]
    [JsonConverter(typeof(TaintsManagerConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWriting)]
    public string? TaintsManager { get; init; }
}

/// <summary>meta/v1 OwnerReference.</summary>
public sealed record OwnerReference : ModelPart
{
    public string ApiVersion { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    public string Uid { get; init; } = "";

    public bool? Controller { get; init; }

    public bool? BlockOwnerDeletion { get; init; }
}
