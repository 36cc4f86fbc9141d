using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>The node that an alert's labels name.</summary>
internal static class NodeName
{
    /// <returns>Empty: no label names one.</returns>
    public static string From(LabelSet labels, ImmutableArray<string> names)
    {
        foreach (var name in names)
        {
            if (labels.Find(name) is { } value)
                return WithoutPort(value);
        }

        return "";
    }

    /// <summary>Cuts <c>:9400</c> and the brackets of <c>[::1]:9400</c>; an IPv6 address without brackets has no port.</summary>
    private static string WithoutPort(string value)
    {
        if (value is ['[', ..] && value.IndexOf(']') is var end and > 1)
            return value[1..end];
        var colon = value.IndexOf(':');
        return colon > 0 && ushort.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _) ? value[..colon] : value;
    }
}
