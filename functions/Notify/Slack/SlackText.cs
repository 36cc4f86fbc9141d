using System.Text;

namespace Pipeline.Functions.Notify.Slack;

/// <summary>Text as Slack wants it: three characters escaped, nothing longer than its limit.</summary>
internal static class SlackText
{
    // Slack's limits for blocks. One message holds about 13,000 characters of blocks before it is refused as too long.
    public const int HeaderLength = 150;
    public const int SectionLength = 3000;

    /// <summary>Escapes &amp;, &lt; and &gt;, so that an alert text can mention nobody, and cuts what passes the limit at a whole character.</summary>
    public static string Escape(string text, int limit)
    {
        var escaped = new StringBuilder(Math.Min(text.Length, limit) + 8);
        var fits = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                _ => rune.ToString(),
            });
            if (escaped.Length > limit)
                return escaped.ToString(0, fits) + "…";
            // Room for the mark of a cut.
            if (escaped.Length < limit)
                fits = escaped.Length;
        }

        return escaped.ToString();
    }
}
