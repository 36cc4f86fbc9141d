using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Functions.Notify.Slack;

/// <summary>Where a story stands in Slack, kept as <c>channelId/ts</c>.</summary>
/// <param name="Channel">Channel id: edits take no name.</param>
/// <param name="Ts">The parent's ts. A string: as a number it would lose digits.</param>
internal sealed record SlackThread(string Channel, string Ts)
{
    public static bool TryParse(string reference, [NotNullWhen(true)] out SlackThread? thread)
    {
        var parts = reference.Split('/');
        thread = parts is [{ Length: > 0 } channel, { Length: > 0 } ts] ? new SlackThread(channel, ts) : null;
        return thread is not null;
    }

    public override string ToString() => $"{Channel}/{Ts}";
}
