using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Kubernetes.Access;

/// <summary>A mapping of a kubeconfig that knows where it stands, so that its errors name the file and the field.</summary>
internal sealed class ConfigNode
{
    private readonly YamlMappingNode _map;

    private ConfigNode(string file, string path, YamlMappingNode map) => (File, Path, _map) = (file, path, map);

    public string File { get; }

    public string Path { get; }

    /// <returns>Null: the file is empty.</returns>
    /// <exception cref="ClusterAccessException">It cannot be read, or is not YAML.</exception>
    public static ConfigNode? Read(string file)
    {
        try
        {
            using var text = System.IO.File.OpenText(file);
            var yaml = new YamlStream();
            yaml.Load(text);
            if (yaml.Documents.Count == 0)
                return null;
            return yaml.Documents[0].RootNode is YamlMappingNode map
                ? new ConfigNode(file, "", map)
                : throw new ClusterAccessException($"{file}: must be a mapping.");
        }
        catch (YamlException exception)
        {
            // The parser's own message may quote the text, and with it a secret.
            throw new ClusterAccessException($"{file}: line {exception.Start.Line} is not YAML.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ClusterAccessException($"{file}: cannot be read: {exception.Message}", exception);
        }
    }

    public bool Has(string field) => Find(field) is not null;

    public string? Text(string field) => Find(field) switch
    {
        null => null,
        YamlScalarNode { Value: "" or "~" or "null", Style: ScalarStyle.Plain } => null,
        YamlScalarNode { Value: "" } => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw Wrong(field, "must be a text"),
    };

    public string Required(string field) => Text(field) ?? throw Wrong(field, "is missing");

    public bool Flag(string field) => Text(field) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Wrong(field, "must be true or false"),
    };

    public ConfigNode? Map(string field) => Find(field) switch
    {
        null or YamlScalarNode { Value: "" or "~" or "null" } => null,
        YamlMappingNode map => new ConfigNode(File, PathOf(field), map),
        _ => throw Wrong(field, "must be a mapping"),
    };

    public IEnumerable<ConfigNode> Maps(string field) => Sequence(field).Select((item, index) => item is YamlMappingNode map
        ? new ConfigNode(File, $"{PathOf(field)}[{index}]", map)
        : throw Wrong($"{field}[{index}]", "must be a mapping"));

    public IEnumerable<string> Texts(string field) => Sequence(field).Select((item, index) => item is YamlScalarNode { Value: { } text }
        ? text
        : throw Wrong($"{field}[{index}]", "must be a text"));

    /// <summary>A path in the file is meant from where the file is.</summary>
    public string? FilePath(string field)
        => Text(field) is { } path ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(File))!, path) : null;

    public string PathOf(string field) => Path.Length == 0 ? field : $"{Path}.{field}";

    public ClusterAccessException Wrong(string field, string problem, Exception? inner = null) => new($"{File}: {PathOf(field)} {problem}.", inner);

    private IEnumerable<YamlNode> Sequence(string field) => Find(field) switch
    {
        null or YamlScalarNode { Value: "" or "~" or "null" } => [],
        YamlSequenceNode sequence => sequence.Children,
        _ => throw Wrong(field, "must be a list"),
    };

    private YamlNode? Find(string field) => _map.Children.TryGetValue(new YamlScalarNode(field), out var node) ? node : null;
}
