using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>
/// The action that XID 154 asks for, as the driver writes it: "GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)".
/// </summary>
internal static partial class RecoveryText
{
    private const string Mark = "recovery action changed";

    /// <returns>The words of the last change told, or null when no field tells one.</returns>
    public static string? Find(WebhookAlert alert, ImmutableArray<string> fields)
    {
        foreach (var field in fields)
        {
            if (Last(alert.Annotations?.Find(field)) is { } annotated)
                return annotated;
            if (Last(alert.Labels?.Find(field)) is { } labelled)
                return labelled;
        }

        return null;
    }

    private static string? Last(string? text)
    {
        if (text is null || !text.Contains(Mark, StringComparison.OrdinalIgnoreCase))
            return null;
        string? action = null;
        try
        {
            for (var match = Change().Match(text); match.Success; match = match.NextMatch())
                action = match.Groups["action"].Value.Trim();
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }

        return action;
    }

    [GeneratedRegex(@"recovery action changed from [^()]{1,32}\([^()]{1,64}\) to [^()]{1,32}\((?<action>[^()]{1,64})\)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 50)]
    private static partial Regex Change();
}
