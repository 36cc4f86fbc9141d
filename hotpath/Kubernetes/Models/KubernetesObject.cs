using System.Text.Json.Serialization;

namespace Pipeline.Kubernetes.Models;

/// <summary>What every object of the API has (api-conventions.md, "Resources").</summary>
public abstract record KubernetesObject : ModelPart
{
    /// <summary>Group and version. The client fills it in from the <see cref="ResourceKind{T}"/> when it is null.</summary>
    public string? ApiVersion { get; init; }

    /// <inheritdoc cref="ApiVersion"/>
    public string? Kind { get; init; }

    public ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    [JsonIgnore]
    public ObjectName FullName => new(Metadata.Namespace, Metadata.Name);

    /// <summary>
    /// The object was read without the fields that the model does not name, as a reflector does to be cheap.
    /// Writing it back would delete them, so the client refuses to.
    /// </summary>
    [JsonIgnore]
    public bool IsTrimmed { get; internal set; }
}
