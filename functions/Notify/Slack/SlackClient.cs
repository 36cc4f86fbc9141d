using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Functions.Notify.Http;

namespace Pipeline.Functions.Notify.Slack;

/// <summary>The two methods of Slack's Web API that a story needs, paced.</summary>
internal sealed class SlackClient(ApiClient api, SlackOptions options, TimeProvider time, NotifyMetrics metrics)
{
    // A longer queue than this is better kept in the durable queue than in memory.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Pace _posts = new(TimeSpan.FromMilliseconds(options.PostIntervalMilliseconds), Patience, time);

    // chat.update is of tier 3, 50 a minute; its limit is its own.
    private readonly Pace _edits = new(TimeSpan.FromMilliseconds(options.PostIntervalMilliseconds * 1.2), Patience, time);

    public string Channel => options.Channel;

    public Task<Answer<SlackThread>> PostAsync(JsonObject message, CancellationToken cancellation) =>
        CallAsync(_posts, "chat.postMessage", message, cancellation);

    public Task<Answer<SlackThread>> UpdateAsync(JsonObject message, CancellationToken cancellation) =>
        CallAsync(_edits, "chat.update", message, cancellation);

    private async Task<Answer<SlackThread>> CallAsync(Pace pace, string method, JsonObject message, CancellationToken cancellation)
    {
        if (!pace.TryTake(out var wait))
        {
            metrics.Throttled(SlackSender.SenderName, wait);
            return new TellResult.Later(wait, "paced");
        }

        if (wait > TimeSpan.Zero)
        {
            metrics.Throttled(SlackSender.SenderName, wait);
            await Task.Delay(wait, time, cancellation);
        }

        var answer = Read(method, await api.SendAsync(HttpMethod.Post, method, message, cancellation));
        if (answer.Failure is TellResult.Later { Delay: { } asked })
        {
            pace.Hold(asked);
            metrics.Throttled(SlackSender.SenderName, asked);
        }

        return answer;
    }

    private Answer<SlackThread> Read(string method, ApiReply reply)
    {
        if (reply.IsThrottled)
            return Failed("throttled", new TellResult.Later(reply.RetryAfter ?? TimeSpan.FromSeconds(30), "rate_limited"));
        if (reply.IsOutage)
            return Failed("outage", new TellResult.Later(reply.RetryAfter, reply.Status is null ? reply.Problem : $"http_{(int)reply.Status}"));
        if (!reply.IsSuccess)
            return Failed("refused", new TellResult.Refused($"http_{(int)reply.Status!}", $"{method} was answered with HTTP {(int)reply.Status}"));
        // Slack reports its errors with HTTP 200 and "ok": false.
        if (reply.Body.At("ok").ValueKind == JsonValueKind.True)
        {
            metrics.Called(SlackSender.SenderName, "ok");
            return new Answer<SlackThread>(new SlackThread(reply.Body.At("channel").Text(), reply.Body.At("ts").Text()), null);
        }

        var code = reply.Body.At("error").Text();
        if (code.Length == 0)
            return Failed("outage", new TellResult.Later(null, "unreadable_answer"));
        return SlackErrors.IsTransient(code)
            ? Failed("outage", new TellResult.Later(reply.RetryAfter, code))
            : Failed("refused", new TellResult.Refused(code, $"{method} was refused"));
    }

    private Answer<SlackThread> Failed(string outcome, TellResult failure)
    {
        metrics.Called(SlackSender.SenderName, outcome);
        return failure;
    }
}
