using System.Text.Json.Nodes;

namespace Pipeline.TestDoubles.Jira;

/// <summary>Checks the Atlassian Document Format as far as texts, lists and links go.</summary>
internal static class JiraDocuments
{
    private const int MaxText = 32_767;

    public static bool IsValid(JsonNode? document) =>
        document is JsonObject root
        && (string?)root["type"] == "doc"
        && (int?)root["version"] == 1
        && Children(root, block => IsBlock(block))
        && JiraIssueRecord.TextOf(document).Length <= MaxText;

    private static bool IsBlock(JsonObject block) => (string?)block["type"] switch
    {
        "paragraph" => Children(block, IsText),
        "bulletList" => block["content"] is JsonArray { Count: > 0 } && Children(block, item => (string?)item["type"] == "listItem" && Children(item, IsBlock)),
        _ => false,
    };

    private static bool IsText(JsonObject node) =>
        (string?)node["type"] == "text" && node["text"] is JsonValue text && text.TryGetValue(out string? value) && value.Length > 0;

    private static bool Children(JsonObject parent, Func<JsonObject, bool> isValid) =>
        parent["content"] is JsonArray content && content.All(child => child is JsonObject element && isValid(element));
}
