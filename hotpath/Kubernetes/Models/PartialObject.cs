namespace Pipeline.Kubernetes.Models;

/// <summary>An object of any kind of which only the metadata matter (meta/v1 PartialObjectMetadata).</summary>
public sealed record PartialObject : KubernetesObject;
