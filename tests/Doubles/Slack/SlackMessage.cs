using System.Text.Json.Nodes;

namespace Pipeline.TestDoubles.Slack;

/// <summary>A message as it stands in a channel.</summary>
/// <param name="ThreadTs">Ts of the parent; empty for a parent.</param>
/// <param name="Edits">Times it was updated.</param>
public sealed record SlackMessage(
    string Channel, string Ts, string ThreadTs, string Text, JsonArray? Blocks, JsonNode? Metadata, bool Broadcast, int Edits)
{
    /// <summary>Text of all blocks, one a line.</summary>
    public string BlockText => string.Join('\n', (Blocks ?? []).Select(block => (string?)block!["text"]?["text"] ?? (string?)block["elements"]?[0]?["text"] ?? ""));
}
