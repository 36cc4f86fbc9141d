using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Repair.Playbooks.Loading;

/// <summary><c>taxonomy.yaml</c>: which alert is which fault class.</summary>
internal static class TaxonomyFile
{
    private const int MaxXid = 9999;

    // Alert names are short; a pattern that needs longer backtracks without end and must not hold up other alerts.
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(50);

    public static Taxonomy Read(Fields fields, ClassCatalog classes, RepairPolicy policy)
    {
        var xid = fields.Map("xid");
        var recovery = fields.Map("xid154");
        policy.UnknownXidClass = xid is null ? "" : classes.Named(xid, "unknownClass");
        Correlations(fields, classes, policy);
        var taxonomy = new Taxonomy
        {
            NodeLabels = [.. fields.Texts("nodeLabels")],
            GpuLabels = [.. fields.Texts("gpuLabels")],
            ClassLabel = fields.Text("classLabel", required: false) ?? "",
            XidLabels = [.. xid?.Texts("labels") ?? []],
            ExporterXidLabels = [.. xid?.Texts("exporterLabels", required: false) ?? []],
            XidAlerts = xid is null ? null : Pattern(xid, "alerts", required: false),
            XidValues = [.. xid?.Texts("values", required: false) ?? []],
            UnknownXidClass = policy.UnknownXidClass,
            RecoveryFields = [.. recovery?.Texts("fields") ?? []],
            RecoveryActions = RecoveryActions(recovery, classes),
            Rules = [.. fields.Maps("rules").Select(rule => Rule(rule, classes))],
            XidNames = Xids(fields.Map("xids"), classes, policy),
            Classes = classes.Usable.Select(found => found.Name).ToFrozenSet(StringComparer.Ordinal),
        };
        xid?.End();
        recovery?.End();
        fields.End();
        return taxonomy;
    }

    private static FrozenDictionary<int, string> Xids(Fields? fields, ClassCatalog classes, RepairPolicy policy)
    {
        var names = new Dictionary<int, string>();
        foreach (var key in fields?.Names ?? [])
        {
            if (fields!.Map(key) is not { } entry)
                continue;
            var name = entry.Text("name") ?? "";
            var faultClass = classes.Named(entry, "class");
            entry.End();
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var xid) || xid is 0 or > MaxXid)
                fields.Error(key, $"must be an XID, 1 to {MaxXid}");
            else if (!names.TryAdd(xid, name))
                fields.Error(key, $"XID {xid} is given twice");
            else
                policy.Xids.Add(new XidRule { Xid = xid, FaultClass = faultClass });
        }

        return names.ToFrozenDictionary();
    }

    private static void Correlations(Fields fields, ClassCatalog classes, RepairPolicy policy)
    {
        foreach (var rule in fields.Maps("correlations", required: false))
        {
            var correlation = new CorrelationRule
            {
                Xid = rule.Number("xid", 1, MaxXid),
                Window = rule.Duration("window", Durations.Second, Durations.Day),
                FaultClass = classes.Named(rule, "class"),
            };
            var expected = $"must be a list of XIDs, 1 to {MaxXid}";
            if (rule.IsEmptyList("with"))
                rule.Error("with", expected);
            foreach (var item in rule.List("with"))
            {
                if (item is YamlText { Plain: true } text
                    && int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var with) && with is > 0 and <= MaxXid)
                    correlation.With.Add(with);
                else
                    rule.Error("with", expected);
            }

            rule.End();
            policy.Correlations.Add(correlation);
        }
    }

    private static FrozenDictionary<string, RecoveryAction> RecoveryActions(Fields? recovery, ClassCatalog classes)
    {
        var actions = new Dictionary<string, RecoveryAction>(StringComparer.OrdinalIgnoreCase);
        if (recovery?.Map("actions") is not { } fields)
            return FrozenDictionary<string, RecoveryAction>.Empty;
        foreach (var text in fields.Names)
        {
            var name = classes.Named(fields, text);
            if (!actions.TryAdd(text, new(name, Overrides: !classes.OnlyRecords(name))))
                fields.Error(text, "is given twice, in other letters");
        }

        fields.End();
        return actions.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static ClassRule Rule(Fields fields, ClassCatalog classes)
    {
        var rule = new ClassRule(
            Pattern(fields, "alert", required: false), fields.Text("label", required: false), fields.Text("equals", required: false),
            classes.Named(fields, "class"));
        if (!fields.Has("alert") && !fields.Has("label"))
            fields.Error("alert", "a rule needs alert or label");
        if (fields.Has("label") != fields.Has("equals"))
            fields.Error(fields.Has("label") ? "label" : "equals", "label and equals go together");
        fields.End();
        return rule;
    }

    private static Regex? Pattern(Fields fields, string name, bool required)
    {
        if (fields.Text(name, required) is not { } pattern)
            return null;
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, PatternTimeout);
        }
        catch (RegexParseException e)
        {
            fields.Error(name, $"is not a regular expression: {e.Message}");
            return null;
        }
    }
}
