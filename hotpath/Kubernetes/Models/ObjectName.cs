namespace Pipeline.Kubernetes.Models;

/// <summary>Where an object is found within its kind.</summary>
/// <param name="Namespace">Null: the kind is not namespaced.</param>
public readonly record struct ObjectName(string? Namespace, string Name)
{
    /// <summary>The name of something that belongs to no namespace.</summary>
    public static implicit operator ObjectName(string name) => new(null, name);

    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
