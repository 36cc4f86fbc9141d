using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Functions.Yaml;

/// <summary>Builds the tree of one YAML document.</summary>
internal static class YamlTree
{
    // Playbooks are four levels deep; a limit keeps a damaged file from exhausting the stack.
    private const int MaxDepth = 16;

    /// <returns>The top mapping, or null after an error was added.</returns>
    public static YamlMap? Read(string file, string text, ErrorList errors)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                errors.Add(file, 1, "", "the file is empty");
                return null;
            }

            var root = Value(parser, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out var rest))
                throw new YamlException(rest?.Start ?? parser.Current!.Start, parser.Current!.End, "one document a file");
            if (root is YamlMap map)
                return map;
            errors.Add(file, root.Line, "", "must hold fields (name: value)");
        }
        catch (YamlException e)
        {
            errors.Add(file, (int)e.Start.Line, "", $"is not YAML: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // The library's answer to a text that ends within a bracket.
            errors.Add(file, (int)(parser.Current?.Start.Line ?? 1), "", "is not YAML: it ends too early");
        }

        return null;
    }

    private static YamlValue Value(IParser parser, int depth)
    {
        var line = (int)parser.Current!.Start.Line;
        if (depth > MaxDepth)
            throw new YamlException(parser.Current.Start, parser.Current.End, "too deep");
        if (parser.TryConsume<Scalar>(out var scalar))
            return new YamlText(scalar.Value, scalar.Style == ScalarStyle.Plain, line);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlValue>();
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Value(parser, depth + 1));
            return new YamlList(items, line);
        }

        if (!parser.TryConsume<MappingStart>(out _))
            throw new YamlException(parser.Current.Start, parser.Current.End, "anchors and aliases are not supported");
        var entries = new List<YamlEntry>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            entries.Add(new(key.Value, Value(parser, depth + 1), (int)key.Start.Line));
        }

        return new YamlMap(entries, line);
    }
}
