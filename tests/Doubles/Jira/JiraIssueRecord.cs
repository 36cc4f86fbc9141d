using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.TestDoubles.Jira;

/// <summary>An issue as it stands.</summary>
/// <param name="Description">ADF document, or null.</param>
/// <param name="Comments">ADF documents, oldest first.</param>
public sealed record JiraIssueRecord(
    string Id, string Key, string Summary, string Type, ImmutableArray<string> Labels, JsonNode? Description, string Status, ImmutableArray<JsonNode> Comments)
{
    public string DescriptionText => TextOf(Description);

    public IReadOnlyList<string> CommentTexts => [.. Comments.Select(TextOf)];

    /// <summary>All text nodes of a document, one a line.</summary>
    public static string TextOf(JsonNode? node)
    {
        var text = new StringBuilder();
        Collect(node, text);
        return text.ToString();
    }

    private static void Collect(JsonNode? node, StringBuilder text)
    {
        if (node is JsonObject element)
        {
            if (element["text"] is JsonValue value)
                text.Append((string?)value).Append('\n');
            Collect(element["content"], text);
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
                Collect(item, text);
        }
    }
}
