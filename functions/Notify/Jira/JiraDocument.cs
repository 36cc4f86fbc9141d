using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Functions.Notify.Http;

namespace Pipeline.Functions.Notify.Jira;

/// <summary>The Atlassian Document Format of descriptions and comments.</summary>
internal static class JiraDocument
{
    public static JsonObject Of(params IEnumerable<JsonNode> content) =>
        new() { ["type"] = "doc", ["version"] = 1, ["content"] = new JsonArray([.. content]) };

    public static JsonObject Paragraph(params IEnumerable<JsonNode> content) =>
        new() { ["type"] = "paragraph", ["content"] = new JsonArray([.. content]) };

    public static JsonObject Bullets(IEnumerable<string> lines) => new()
    {
        ["type"] = "bulletList",
        ["content"] = new JsonArray(
            [.. lines.Select(line => new JsonObject { ["type"] = "listItem", ["content"] = new JsonArray(Paragraph(Text(line))) })]),
    };

    // A text node may not be empty.
    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text.Length > 0 ? text : " " };

    public static JsonObject Link(string text, Uri target)
    {
        var link = Text(text);
        link["marks"] = new JsonArray(
            new JsonObject { ["type"] = "link", ["attrs"] = new JsonObject { ["href"] = target.AbsoluteUri } });
        return link;
    }

    /// <summary>The texts of the document's top-level paragraphs.</summary>
    public static IEnumerable<string> Paragraphs(JsonElement document) =>
        document.At("content").Items()
            .Where(block => block.At("type").Text() == "paragraph")
            .Select(block => string.Concat(block.At("content").Items().Select(node => node.At("text").Text())));
}
