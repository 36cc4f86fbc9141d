using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Json;

/// <summary>How models become JSON.</summary>
public static class KubernetesJson
{
    /// <summary>The kinds of this project.</summary>
    public static JsonSerializerOptions Options { get; } = OptionsOf(ModelsJson.Default);

    /// <summary>Reads the same, but without the fields that the models do not name.</summary>
    internal static JsonSerializerOptions TrimmedOptions { get; } = TrimmedOptionsOf(ModelsJson.Default);

    /// <param name="models">A source-generated context.</param>
    public static JsonSerializerOptions OptionsOf(IJsonTypeInfoResolver models)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new TimeConverter() },
            TypeInfoResolver = models.WithAddedModifier(LeaveOutWhatIsEmpty),
        };
        options.MakeReadOnly();
        return options;
    }

    internal static JsonSerializerOptions TrimmedOptionsOf(IJsonTypeInfoResolver models)
    {
        var options = new JsonSerializerOptions(OptionsOf(models)) { TypeInfoResolver = models.WithAddedModifier(Trim) };
        options.MakeReadOnly();
        return options;
    }

    public static JsonTypeInfo<T> TypeInfo<T>(this JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private static void LeaveOutWhatIsEmpty(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties)
        {
            if (property.IsExtensionData || property.PropertyType == typeof(string) || !property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
                continue;
            property.ShouldSerialize = static (_, value) => value is IEnumerable items && items.GetEnumerator().MoveNext();
        }
    }

    private static void Trim(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        if (type.Properties.FirstOrDefault(property => property.IsExtensionData) is { } unknown)
            type.Properties.Remove(unknown);
        if (type.Type.IsAssignableTo(typeof(KubernetesObject)))
            type.OnDeserialized = static item => ((KubernetesObject)item).IsTrimmed = true;
    }
}
