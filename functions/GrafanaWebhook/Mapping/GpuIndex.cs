using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>The GPU that an alert's labels name, as a mask.</summary>
internal static class GpuIndex
{
    private const int MaxGpus = 32;

    private static readonly string[] Prefixes = ["nvidia", "gpu"];

    /// <returns>0: no label holds an index, so the whole node is meant.</returns>
    public static uint MaskFrom(LabelSet labels, ImmutableArray<string> names)
    {
        foreach (var name in names)
        {
            if (labels.Find(name) is { } value && TryParse(value, out var index))
                return 1u << index;
        }

        return 0;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out int index)
    {
        if (text.StartsWith("/dev/", StringComparison.Ordinal))
            text = text["/dev/".Length..];
        foreach (var prefix in Prefixes)
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                text = text[prefix.Length..];
                break;
            }
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < MaxGpus;
    }
}
