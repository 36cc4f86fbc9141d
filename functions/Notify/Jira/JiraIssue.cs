using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Functions.Notify.Jira;

/// <summary>Where a story stands in Jira, kept as <c>GPU-12</c>, and <c>GPU-12/closed</c> once its end was carried over.</summary>
/// <param name="Closed">Set once: an issue that a person opens again stays open.</param>
internal sealed record JiraIssue(string Key, bool Closed)
{
    private const string Mark = "/closed";

    public static bool TryParse(string reference, [NotNullWhen(true)] out JiraIssue? issue)
    {
        var closed = reference.EndsWith(Mark, StringComparison.Ordinal);
        var key = closed ? reference[..^Mark.Length] : reference;
        issue = key.Length > 0 && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') ? new JiraIssue(key, closed) : null;
        return issue is not null;
    }

    public override string ToString() => Closed ? Key + Mark : Key;
}
