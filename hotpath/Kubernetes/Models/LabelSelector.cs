namespace Pipeline.Kubernetes.Models;

/// <summary>meta/v1 LabelSelector; all its terms must hold, and one without terms selects everything.</summary>
public sealed record LabelSelector : ModelPart
{
    public IReadOnlyDictionary<string, string> MatchLabels { get; init => field = value ?? Empty.Texts; } = Empty.Texts;

    public IReadOnlyList<LabelSelectorRequirement> MatchExpressions { get; init => field = value ?? []; } = [];

    /// <exception cref="FormatException">An expression has an unknown operator.</exception>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, value) in MatchLabels)
        {
            if (!labels.TryGetValue(key, out var own) || own != value)
                return false;
        }

        return MatchExpressions.All(expression => expression.Matches(labels));
    }
}

public sealed record LabelSelectorRequirement : ModelPart
{
    public string Key { get; init => field = value ?? ""; } = "";

    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    public string Operator { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Values { get; init => field = value ?? []; } = [];

    /// <exception cref="FormatException">The operator is unknown.</exception>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            "In" => has && Values.Contains(value),
            "NotIn" => !has || !Values.Contains(value),
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => throw new FormatException($"matchExpressions: the operator of '{Key}' must be In, NotIn, Exists or DoesNotExist, is '{Operator}'."),
        };
    }
}
