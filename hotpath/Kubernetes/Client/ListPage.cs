using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Client;

/// <summary>A page of a list as it came.</summary>
internal readonly struct ListPage(ApiRequest request, byte[] body)
{
    /// <summary>
    /// What asks for the page behind it, before the objects are read: the server writes it in front of them. Null: this is the last one, or no
    /// page at all, as <see cref="Read"/> will say.
    /// </summary>
    public string? Continuation()
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && JsonPath.Enter(ref reader, "metadata"u8) && JsonPath.Enter(ref reader, "continue"u8) && reader.GetString() is { Length: > 0 } text
                ? text
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <exception cref="KubernetesException">It is no such list.</exception>
    public KubernetesList<T> Read<T>(JsonTypeInfo<KubernetesList<T>> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw ApiErrors.Invalid(request, "it is null");
        }
        catch (JsonException exception)
        {
            throw ApiErrors.Invalid(request, exception.Message, exception);
        }
    }
}
