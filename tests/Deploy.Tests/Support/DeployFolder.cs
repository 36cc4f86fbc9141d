using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Deploy.Tests.Support;

/// <summary>The folder <c>deploy</c> of the checkout that the tests were built from.</summary>
internal static class DeployFolder
{
    public static string Path { get; } = System.IO.Path.Combine(Checkout.Root, "deploy");

    public static string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The documents of a YAML file. All its scalars become texts, which is enough to look at them.</summary>
    public static IReadOnlyList<JsonObject> Read(string name) => Parse(System.IO.File.ReadAllText(File(name)));

    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<JsonObject> Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => (JsonObject)ToJson(document.RootNode)!)];
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, ToJson(child.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };
}
