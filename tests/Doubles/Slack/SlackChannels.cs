using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.TestDoubles.Slack;

/// <summary>Channels and messages of a workspace, with the checks that Slack's Web API makes. Answers are the API's JSON bodies.</summary>
internal sealed class SlackChannels
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _idOfName = [];
    private readonly List<SlackMessage> _messages = [];
    private readonly HashSet<string> _frozen = [];
    private long _sequence = 1_700_000_000_000_000;

    public IReadOnlyList<SlackMessage> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public void Add(string id, string name)
    {
        lock (_gate)
            _idOfName[name] = id;
    }

    public void Delete(string ts)
    {
        lock (_gate)
            _messages.RemoveAll(message => message.Ts == ts);
    }

    public void Freeze(string ts)
    {
        lock (_gate)
            _frozen.Add(ts);
    }

    public JsonObject Post(JsonObject body)
    {
        lock (_gate)
        {
            if (Channel(Text(body, "channel"), namesToo: true) is not { } channel)
                return Error("channel_not_found");
            if (ContentError(body) is { } wrong)
                return Error(wrong);
            var thread = "";
            if (body["thread_ts"] is { } given)
            {
                // A number loses digits on the way, so Slack takes strings only.
                if (given.GetValueKind() != System.Text.Json.JsonValueKind.String)
                    return Error("invalid_thread_ts");
                thread = (string)given!;
                if (!_messages.Any(message => message.Channel == channel && message.Ts == thread && message.ThreadTs.Length == 0))
                    return Error("thread_not_found");
            }

            var message = new SlackMessage(
                channel, NextTs(), thread, Text(body, "text"), body["blocks"]?.DeepClone() as JsonArray, body["metadata"]?.DeepClone(), Flag(body, "reply_broadcast"), 0);
            _messages.Add(message);
            return Ok(message);
        }
    }

    public JsonObject Update(JsonObject body)
    {
        lock (_gate)
        {
            if (Channel(Text(body, "channel"), namesToo: false) is not { } channel)
                return Error("channel_not_found");
            if (ContentError(body) is { } wrong)
                return Error(wrong);
            var ts = Text(body, "ts");
            var index = _messages.FindIndex(message => message.Channel == channel && message.Ts == ts);
            if (index < 0)
                return Error("message_not_found");
            if (_frozen.Contains(ts))
                return Error("cant_update_message");
            var message = _messages[index];
            _messages[index] = message with
            {
                Text = Text(body, "text"),
                Blocks = body["blocks"]?.DeepClone() as JsonArray,
                Metadata = body["metadata"]?.DeepClone() ?? message.Metadata,
                Edits = message.Edits + 1,
            };
            return Ok(_messages[index]);
        }
    }

    public static JsonObject Error(string code) => new() { ["ok"] = false, ["error"] = code };

    private static string? ContentError(JsonObject body)
    {
        var text = Text(body, "text");
        if (text.Length > 40_000)
            return "msg_too_long";
        if (body["metadata"] is { } metadata && (metadata["event_type"] is null || metadata["event_payload"] is not JsonObject))
            return "invalid_metadata_format";
        if (body["blocks"] is not JsonArray blocks)
            return text.Length == 0 ? "no_text" : null;
        if (blocks.Count > 50 || blocks.Any(block => !IsValid(block!)))
            return "invalid_blocks";
        return blocks.Sum(block => block!.ToJsonString().Length) > 13_000 ? "msg_blocks_too_long" : null;
    }

    private static bool IsValid(JsonNode block)
    {
        var text = (string?)block["text"]?["text"] ?? "";
        return (string?)block["type"] switch
        {
            "header" => (string?)block["text"]?["type"] == "plain_text" && text.Length is > 0 and <= 150,
            "section" => text.Length is > 0 and <= 3000,
            "context" => block["elements"] is JsonArray { Count: > 0 and <= 10 },
            _ => false,
        };
    }

    private string? Channel(string given, bool namesToo)
    {
        if (_idOfName.ContainsValue(given))
            return given;
        return namesToo && _idOfName.TryGetValue(given.TrimStart('#'), out var id) ? id : null;
    }

    private string NextTs()
    {
        _sequence += 1_000_100;
        return string.Create(CultureInfo.InvariantCulture, $"{_sequence / 1_000_000}.{_sequence % 1_000_000:000000}");
    }

    private static JsonObject Ok(SlackMessage message) => new()
    {
        ["ok"] = true,
        ["channel"] = message.Channel,
        ["ts"] = message.Ts,
        ["message"] = new JsonObject { ["text"] = message.Text, ["ts"] = message.Ts },
    };

    private static string Text(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static bool Flag(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;
}
