using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Notify.Jira;

/// <summary>The story as an issue and its comments.</summary>
internal static class JiraStory
{
    // A description or comment holds 32,767 characters; this many of the longest lines fit, beside the evidence.
    private const int ChaptersPerText = 30;
    private const int EvidenceLines = 15;
    private const int SummaryLength = 255;

    /// <summary>One label per run finds its issue again.</summary>
    public static string Label(Story story) => $"inc-{story.Run}";

    /// <summary>Chapters told once the next description or comment is there.</summary>
    public static int NextThrough(Story story) => Math.Min(story.Chapters.Length, story.Told + ChaptersPerText);

    public static JsonObject Issue(Story story, JiraOptions options) => new()
    {
        ["fields"] = new JsonObject
        {
            ["project"] = new JsonObject { ["key"] = options.ProjectKey },
            ["issuetype"] = new JsonObject { ["name"] = options.IssueType },
            ["summary"] = Cut(story.Title, SummaryLength),
            ["labels"] = new JsonArray("repair", Label(story)),
            ["description"] = Text(story),
        },
    };

    public static JsonObject Comment(Story story) => new() { ["body"] = Text(story) };

    /// <summary>How far the text of an issue or comment tells this story; 0 when it does not say.</summary>
    public static int ToldBy(Story story, JsonElement document) =>
        JiraDocument.Paragraphs(document).Max(paragraph => StoryText.LastOfSpan(story, paragraph)) ?? 0;

    private static JsonObject Text(Story story)
    {
        var through = NextThrough(story);
        var chapters = story.Chapters[story.Told..through];
        List<JsonNode> content = [];
        if (story.Told == 0)
            content.Add(Opening(story));
        content.Add(JiraDocument.Bullets(chapters.Select(chapter => StoryText.Line(story, chapter))));
        if (chapters.Any(chapter => chapter.CallsPerson))
        {
            content.Add(JiraDocument.Paragraph(JiraDocument.Text("What is known and what was tried:")));
            content.Add(JiraDocument.Bullets(Evidence(story)));
        }

        content.Add(JiraDocument.Paragraph(JiraDocument.Text(StoryText.Span(story, story.Told + 1, through))));
        return JiraDocument.Of(content);
    }

    private static JsonObject Opening(Story story)
    {
        List<JsonNode> content = [JiraDocument.Text($"{story.Title}. Fault class {story.FaultClass}, received {story.OpenedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. ")];
        if (story.Link is not null)
            content.Add(JiraDocument.Link("Timeline", story.Link));
        return JiraDocument.Paragraph(content);
    }

    /// <summary>The facts, then the latest attempts: a long ladder ends with what matters.</summary>
    private static IEnumerable<string> Evidence(Story story)
    {
        var lines = StoryText.Evidence(story).ToList();
        return lines.Take(1).Concat(lines.Skip(1).TakeLast(EvidenceLines)).Select(line => Cut(line, NotifyLimits.DetailLength * 2));
    }

    private static string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;
        var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return text[..end] + "…";
    }
}
