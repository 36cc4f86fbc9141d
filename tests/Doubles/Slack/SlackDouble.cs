using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.TestDoubles.Http;

namespace Pipeline.TestDoubles.Slack;

/// <summary>Behaves like Slack's Web API for <c>chat.postMessage</c> and <c>chat.update</c>, errors included, over real HTTP.</summary>
public sealed class SlackDouble : IAsyncDisposable
{
    /// <summary>Name and id of the channel that is there from the start.</summary>
    public const string ChannelName = "gpu-repairs";

    public const string ChannelId = "C0REPAIRS";

    private readonly SlackChannels _channels = new();
    private readonly ConcurrentQueue<string> _calls = new();
    private LoopbackServer _server = null!;

    private SlackDouble() => _channels.Add(ChannelId, ChannelName);

    /// <summary>The bot token that is accepted; any other is answered with <c>invalid_auth</c>.</summary>
    public string Token { get; set; } = "xoxb-0000-the-token-of-the-double";

    public string ApiBaseUrl => _server.Address + "/api";

    public FaultPlan Faults { get; } = new();

    /// <summary>A field that the next answer lacks, although the call takes effect.</summary>
    public string? NextLacks { get; set; }

    /// <summary>All that stands in the channels, in the order of posting.</summary>
    public IReadOnlyList<SlackMessage> Messages => _channels.Messages;

    public IReadOnlyList<SlackMessage> Parents => [.. Messages.Where(message => message.ThreadTs.Length == 0)];

    /// <summary>Methods called, in order, refused and failed calls included.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public static async Task<SlackDouble> StartAsync()
    {
        var slack = new SlackDouble();
        slack._server = await LoopbackServer.StartAsync(slack.HandleAsync);
        return slack;
    }

    public IReadOnlyList<SlackMessage> Replies(string parentTs) => [.. Messages.Where(message => message.ThreadTs == parentTs)];

    public void AddChannel(string id, string name) => _channels.Add(id, name);

    /// <summary>A person deletes the message.</summary>
    public void Delete(string ts) => _channels.Delete(ts);

    /// <summary>The message can no longer be edited.</summary>
    public void Freeze(string ts) => _channels.Freeze(ts);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task HandleAsync(HttpContext context)
    {
        var method = context.Request.Path.Value!.Replace("/api/", "", StringComparison.Ordinal);
        _calls.Enqueue(method);
        // Slack answers its own errors with HTTP 200.
        return Faults.AnswerAsync(context, async () =>
        {
            var answer = await CallAsync(method, context.Request);
            if (NextLacks is { } field)
                answer.Remove(field);
            NextLacks = null;
            return Results.Json(answer);
        });
    }

    private async Task<JsonObject> CallAsync(string method, HttpRequest request)
    {
        if (request.Headers.Authorization.Count == 0)
            return SlackChannels.Error("not_authed");
        if (request.Headers.Authorization != $"Bearer {Token}")
            return SlackChannels.Error("invalid_auth");
        if (!HttpMethods.IsPost(request.Method))
            return SlackChannels.Error("invalid_arguments");
        JsonObject body;
        try
        {
            body = await JsonNode.ParseAsync(request.Body) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return SlackChannels.Error("invalid_json");
        }

        return method switch
        {
            "chat.postMessage" => _channels.Post(body),
            "chat.update" => _channels.Update(body),
            _ => SlackChannels.Error("unknown_method"),
        };
    }
}
