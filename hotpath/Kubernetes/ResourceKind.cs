using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes;

/// <summary>A kind of object: where the server keeps it and how it is read. One static instance a kind, as in <see cref="Kinds"/>.</summary>
public sealed class ResourceKind<T>
    where T : KubernetesObject
{
    /// <param name="group">Such as <c>pipeline.gpu</c>; empty for the core group.</param>
    /// <param name="version">Such as <c>v1alpha1</c>.</param>
    /// <param name="plural">As in the path, such as <c>noderepairs</c>.</param>
    /// <param name="kind">Such as <c>NodeRepair</c>.</param>
    /// <param name="models">A source-generated context that has <c>KubernetesList&lt;T&gt;</c>.</param>
    /// <exception cref="NotSupportedException">The context does not have it.</exception>
    public ResourceKind(string group, string version, string plural, string kind, bool namespaced, IJsonTypeInfoResolver models)
    {
        (Group, Version, Plural, Kind, Namespaced) = (group, version, plural, kind, namespaced);
        ApiVersion = group.Length == 0 ? version : $"{group}/{version}";
        Root = group.Length == 0 ? $"/api/{version}" : $"/apis/{ApiVersion}";
        var whole = models is ModelsJson ? KubernetesJson.Options : KubernetesJson.OptionsOf(models);
        Item = whole.TypeInfo<T>();
        List = whole.TypeInfo<KubernetesList<T>>();
        var trimmed = models is ModelsJson ? KubernetesJson.TrimmedOptions : KubernetesJson.TrimmedOptionsOf(models);
        TrimmedItem = trimmed.TypeInfo<T>();
        TrimmedList = trimmed.TypeInfo<KubernetesList<T>>();
    }

    private ResourceKind(ResourceKind<T> other, string version)
    {
        (Group, Version, Plural, Kind, Namespaced) = (other.Group, version, other.Plural, other.Kind, other.Namespaced);
        ApiVersion = $"{Group}/{version}";
        Root = $"/apis/{ApiVersion}";
        (Item, List, TrimmedItem, TrimmedList) = (other.Item, other.List, other.TrimmedItem, other.TrimmedList);
    }

    public string Group { get; }

    public string Version { get; }

    public string Plural { get; }

    public string Kind { get; }

    public bool Namespaced { get; }

    /// <summary><c>group/version</c>, or the version alone in the core group.</summary>
    public string ApiVersion { get; }

    internal string Root { get; }

    internal JsonTypeInfo<T> Item { get; }

    internal JsonTypeInfo<KubernetesList<T>> List { get; }

    internal JsonTypeInfo<T> TrimmedItem { get; }

    internal JsonTypeInfo<KubernetesList<T>> TrimmedList { get; }

    /// <summary>The same kind in another version of its group.</summary>
    public ResourceKind<T> InVersion(string version) => new(this, version);

    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <param name="scope">Null: all namespaces, or the cluster.</param>
    /// <exception cref="ArgumentException">The kind has no namespaces.</exception>
    internal string CollectionPath(string? scope)
    {
        if (scope is null)
            return $"{Root}/{Plural}";
        return Namespaced
            ? $"{Root}/namespaces/{Uri.EscapeDataString(scope)}/{Plural}"
            : throw new ArgumentException($"{this}: the kind has no namespaces, but '{scope}' was given.");
    }

    /// <exception cref="ArgumentException">The name is empty, or it has a namespace where the kind has none or the other way round.</exception>
    internal string Path(ObjectName name, string? subresource = null)
    {
        if (string.IsNullOrEmpty(name.Name))
            throw new ArgumentException($"{this}: metadata.name is empty.");
        if (Namespaced && string.IsNullOrEmpty(name.Namespace))
            throw new ArgumentException($"{this}: '{name.Name}' needs a namespace.");
        var path = $"{CollectionPath(name.Namespace)}/{Uri.EscapeDataString(name.Name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }
}
