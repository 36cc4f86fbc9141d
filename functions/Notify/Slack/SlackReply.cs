using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Notify.Slack;

/// <summary>One message in the thread: as many untold chapters as fit.</summary>
/// <param name="Through">Chapters told once it is posted.</param>
/// <param name="Broadcast">Shown in the channel as well: a person is needed.</param>
internal sealed record SlackReply(string Text, int Through, bool Broadcast)
{
    /// <summary>
    /// The next message of a story with something untold. The chapters that call a person begin a message of their own, so that the
    /// channel sees them and not the whole ladder.
    /// </summary>
    public static SlackReply Next(Story story)
    {
        var text = new StringBuilder();
        var through = story.Told;
        foreach (var chapter in story.Untold)
        {
            var line = SlackText.Escape(StoryText.Line(story, chapter), SlackText.SectionLength);
            var begins = through == story.Told;
            var calls = chapter.CallsPerson && !begins && !story.Chapters[through - 1].CallsPerson;
            if (!begins && (calls || text.Length + 1 + line.Length > SlackText.SectionLength))
                break;
            if (!begins)
                text.Append('\n');
            text.Append(line);
            through++;
        }

        return new SlackReply(text.ToString(), through, story.Chapters[story.Told].CallsPerson);
    }

    public JsonObject Message(SlackThread thread)
    {
        var message = new JsonObject
        {
            ["channel"] = thread.Channel,
            ["thread_ts"] = thread.Ts,
            ["text"] = Text,
            ["unfurl_links"] = false,
            ["unfurl_media"] = false,
        };
        if (Broadcast)
            message["reply_broadcast"] = true;
        return message;
    }
}
