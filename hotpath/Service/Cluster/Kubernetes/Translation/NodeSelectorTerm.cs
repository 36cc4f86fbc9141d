using System.Globalization;
using System.Text.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>core/v1 NodeSelectorTerm: all of its expressions must hold.</summary>
internal sealed class NodeSelectorTerm
{
    public const string NodeAffinity = "nodeAffinity";

    private const string Path = "spec.affinity.nodeAffinity";

    private readonly List<(string Key, string Operator, string[] Values)> _labels = [];
    private readonly List<(string Key, string Operator, string[] Values)> _fields = [];

    /// <summary>The terms one of which a node must match; null: there are none.</summary>
    /// <exception cref="FormatException">They cannot be read; the message names the field.</exception>
    public static IReadOnlyList<NodeSelectorTerm>? RequiredOf(JsonElement? affinity)
    {
        if (affinity is not { ValueKind: JsonValueKind.Object } whole || !TryObject(whole, NodeAffinity, out var node)
            || !TryObject(node, "requiredDuringSchedulingIgnoredDuringExecution", out var required))
            return null;
        return Of(required, Path);
    }

    /// <summary>The terms of a core/v1 NodeSelector.</summary>
    /// <param name="path">Of the selector, for the error.</param>
    /// <inheritdoc cref="RequiredOf"/>
    public static IReadOnlyList<NodeSelectorTerm> Of(JsonElement selector, string path)
    {
        if (!selector.TryGetProperty("nodeSelectorTerms", out var terms) || terms.ValueKind != JsonValueKind.Array)
            throw new FormatException($"{path}: has no nodeSelectorTerms");
        return [.. terms.EnumerateArray().Select(term => TermOf(term, path))];
    }

    /// <summary>A term without expressions matches nothing.</summary>
    public bool Matches(Node node) => _labels.Count + _fields.Count > 0
        && _labels.TrueForAll(term => Holds(term, node.Metadata.Labels.TryGetValue(term.Key, out var value) ? value : null))
        && _fields.TrueForAll(term => Holds(term, term.Key == "metadata.name" ? node.Metadata.Name : null));

    /// <summary>The one value that it allows of a label; null: it allows several, or says nothing of it.</summary>
    public string? OnlyValueOf(string label)
        => _labels.Where(term => term is { Operator: "In", Values.Length: 1 } && term.Key == label).Select(term => term.Values[0]).FirstOrDefault();

    private static NodeSelectorTerm TermOf(JsonElement json, string path)
    {
        var term = new NodeSelectorTerm();
        Read(json, "matchExpressions", path, term._labels);
        Read(json, "matchFields", path, term._fields);
        return term;
    }

    private static void Read(JsonElement json, string field, string path, List<(string Key, string Operator, string[] Values)> into)
    {
        if (!json.TryGetProperty(field, out var expressions) || expressions.ValueKind != JsonValueKind.Array)
            return;
        foreach (var expression in expressions.EnumerateArray())
        {
            var operation = expression.GetProperty("operator").GetString() ?? "";
            if (operation is not ("In" or "NotIn" or "Exists" or "DoesNotExist" or "Gt" or "Lt"))
                throw new FormatException($"{path}: there is no operator '{operation}'");
            string[] values = expression.TryGetProperty("values", out var given) && given.ValueKind == JsonValueKind.Array
                ? [.. given.EnumerateArray().Select(value => value.GetString() ?? "")]
                : [];
            into.Add((expression.GetProperty("key").GetString() ?? "", operation, values));
        }
    }

    private static bool Holds((string Key, string Operator, string[] Values) term, string? value) => term.Operator switch
    {
        "In" => value is not null && term.Values.Contains(value),
        "NotIn" => value is null || !term.Values.Contains(value),
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Compare(value, term.Values) > 0,
        _ => Compare(value, term.Values) < 0,
    };

    /// <summary>0 also when one of them is no whole number.</summary>
    private static int Compare(string? value, string[] values)
        => values.Length == 1 && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var own)
            && long.TryParse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bound) ? own.CompareTo(bound) : 0;

    private static bool TryObject(JsonElement json, string name, out JsonElement value)
        => json.TryGetProperty(name, out value) && value.ValueKind == JsonValueKind.Object;
}
