using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Pipeline.Functions.Repair;

/// <summary>What labels and names of alerts mean, as <c>taxonomy.yaml</c> says. Immutable.</summary>
public sealed class Taxonomy
{
    /// <summary>The first that is present names the node.</summary>
    public required ImmutableArray<string> NodeLabels { get; init; }

    public required ImmutableArray<string> GpuLabels { get; init; }

    /// <summary>Label whose value is a fault class; empty: none.</summary>
    public required string ClassLabel { get; init; }

    /// <summary>A number in one of these is an XID.</summary>
    public required ImmutableArray<string> XidLabels { get; init; }

    /// <summary>A number in one of these is an XID when the alert names a GPU or is an XID alert.</summary>
    public required ImmutableArray<string> ExporterXidLabels { get; init; }

    /// <summary>Names of alerts that are about an XID; null: none.</summary>
    public required Regex? XidAlerts { get; init; }

    /// <summary>Grafana queries whose value is the XID of an XID alert.</summary>
    public required ImmutableArray<string> XidValues { get; init; }

    public required string UnknownXidClass { get; init; }

    /// <summary>Annotations and labels that may hold XID 154's text.</summary>
    public required ImmutableArray<string> RecoveryFields { get; init; }

    /// <summary>By the words of XID 154's text, whatever their case.</summary>
    public required FrozenDictionary<string, RecoveryAction> RecoveryActions { get; init; }

    public required ImmutableArray<ClassRule> Rules { get; init; }

    /// <summary>NVIDIA's names.</summary>
    public required FrozenDictionary<int, string> XidNames { get; init; }

    /// <summary>Every fault class that has a playbook.</summary>
    public required FrozenSet<string> Classes { get; init; }

    public bool IsXidAlert(string alertName) => XidAlerts is { } pattern && Matches(pattern, alertName);

    /// <summary>The class of an alert without an XID, or null when nothing knows it.</summary>
    /// <param name="label">Gives the value of a label, or null.</param>
    public string? ClassOf(string alertName, Func<string, string?> label)
    {
        if (ClassLabel.Length > 0 && label(ClassLabel) is { } named && Classes.Contains(named))
            return named;
        foreach (var rule in Rules)
        {
            if ((rule.Alert is null || Matches(rule.Alert, alertName)) && (rule.Label is null || label(rule.Label) == rule.Value))
                return rule.FaultClass;
        }

        return null;
    }

    private static bool Matches(Regex pattern, string alertName)
    {
        try
        {
            return pattern.IsMatch(alertName);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
