using System.Security.Cryptography;
using System.Text;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>
/// Texts of one alert, no longer than the engine keeps them. It refuses what is longer, and no sender repeats what is refused, so the log
/// that a rule puts into a label must not cost the fault.
/// </summary>
internal struct KeptTexts
{
    private const int MaxSummary = 4_096;

    // Of a label with its value, and of what is read from one. Longer than any name of a node.
    private const int MaxLabel = 1_024;

    private const int MaxLabels = 256;
    private const int MaxFingerprint = 256;

    /// <summary>Something was longer.</summary>
    public bool Shortened { get; private set; }

    public string Summary(string text) => Cut(text, MaxSummary);

    public string Name(string text) => Cut(text, MaxLabel);

    /// <summary>A hash takes the place of a longer one, because the beginnings of two may be the same.</summary>
    public string Fingerprint(string text)
    {
        if (text.Length <= MaxFingerprint)
            return text;
        Shortened = true;
        return $"sha256-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
    }

    public void AddLabels(LabelSet labels, IList<string> kept)
    {
        foreach (var (label, value) in labels.Pairs)
        {
            if (kept.Count == MaxLabels - 1 && labels.Pairs.Count > MaxLabels)
            {
                Shortened = true;
                kept.Add($"…={labels.Pairs.Count - kept.Count} more labels were left out");
                return;
            }

            kept.Add(Cut($"{label}={value}", MaxLabel));
        }
    }

    private string Cut(string text, int most)
    {
        if (text.Length <= most)
            return text;
        Shortened = true;
        var mark = $"… (cut; there were {text.Length} characters)";
        var end = most - mark.Length;
        // Half a character is no text.
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), mark);
    }
}
