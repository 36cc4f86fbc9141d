using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Notify.Slack;

/// <summary>The parent message: a card that shows how a run stands now.</summary>
internal static class SlackCard
{
    /// <summary>True when an entry that the sender has not told changes what the card shows.</summary>
    public static bool IsStale(Story story) => story.Untold.Any(chapter => chapter.Moved);

    /// <summary>The fields that <c>chat.postMessage</c> and <c>chat.update</c> share; the opening is told by the card itself.</summary>
    public static JsonObject Message(string channel, Story story)
    {
        var headline = $"{StoryText.State(story.State)}: {story.Title}";
        return new JsonObject
        {
            ["channel"] = channel,
            // What notifications and screen readers show.
            ["text"] = SlackText.Escape($"{headline} ({StoryText.Standing(story)})", SlackText.SectionLength),
            ["blocks"] = new JsonArray(
                Block("header", "plain_text", SlackText.Escape(headline, SlackText.HeaderLength)),
                Block("section", "mrkdwn", Standing(story)),
                Block("section", "mrkdwn", Opening(story)),
                Context(story)),
            ["metadata"] = new JsonObject
            {
                ["event_type"] = "pipeline_run",
                ["event_payload"] = new JsonObject { ["run"] = story.Run, ["node"] = story.Node },
            },
        };
    }

    private static string Standing(Story story)
    {
        // The parts are cut before they are joined, so that no entity and no bold mark is cut in two.
        string Part(string text) => SlackText.Escape(text, SlackText.SectionLength / 4);
        var since = story.Chapters.Last(chapter => chapter.Moved).At.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return $"*{Part(StoryText.State(story.State))}*: {Part(StoryText.Standing(story))}, since {since} UTC\n*Fault class*: {Part(story.FaultClass)}";
    }

    private static string Opening(Story story) =>
        string.Join('\n', story.Chapters.Take(story.Opening).Select(chapter => SlackText.Escape(StoryText.Line(story, chapter), (SlackText.SectionLength / 2) - 1)));

    private static JsonObject Context(Story story)
    {
        var opened = story.OpenedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var link = story.Link is null ? "" : $" · <{story.Link.AbsoluteUri.Replace("&", "&amp;", StringComparison.Ordinal)}|timeline>";
        var text = $"Run {SlackText.Escape(story.Run, SlackText.HeaderLength)}, received {opened} UTC{link}";
        return new JsonObject
        {
            ["type"] = "context",
            ["elements"] = new JsonArray(new JsonObject { ["type"] = "mrkdwn", ["text"] = text }),
        };
    }

    private static JsonObject Block(string type, string kind, string text) =>
        new() { ["type"] = type, ["text"] = new JsonObject { ["type"] = kind, ["text"] = text } };
}
