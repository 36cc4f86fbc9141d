using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Functions.GrafanaWebhook.Payload;
using Pipeline.Functions.Repair;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>The XID of an alert: from its labels, or from the value that Grafana sends along.</summary>
internal static class XidFinder
{
    private const int MaxXid = 9999;

    /// <returns>0: none.</returns>
    public static int Find(WebhookAlert alert, string alertName, bool namesGpu, Taxonomy taxonomy)
    {
        var labels = alert.Labels ?? LabelSet.Empty;
        if (FromLabels(labels, taxonomy.XidLabels) is > 0 and var xid)
            return xid;
        var isXidAlert = taxonomy.IsXidAlert(alertName);
        if ((isXidAlert || namesGpu) && FromLabels(labels, taxonomy.ExporterXidLabels) is > 0 and var code)
            return code;
        return isXidAlert && alert.Values is { } values ? FromValues(values, taxonomy.XidValues) : 0;
    }

    private static int FromLabels(LabelSet labels, ImmutableArray<string> names)
    {
        foreach (var name in names)
        {
            if (labels.Find(name) is { } text
                && int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var xid)
                && xid is > 0 and <= MaxXid)
                return xid;
        }

        return 0;
    }

    private static int FromValues(QueryValues values, ImmutableArray<string> queries)
    {
        foreach (var query in queries)
        {
            if (values.Find(query) is > 0 and <= MaxXid and var value && Math.Truncate(value) == value)
                return (int)value;
        }

        return 0;
    }
}
