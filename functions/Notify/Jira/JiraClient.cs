using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Functions.Notify.Http;

namespace Pipeline.Functions.Notify.Jira;

/// <summary>The calls of Jira Cloud's REST API v3 that a story needs.</summary>
internal sealed class JiraClient(ApiClient api, JiraOptions options, NotifyMetrics metrics, ILogger<JiraClient> log)
{
    // One label names one run: more than a page of issues is not ours to sort out.
    private const int SearchResults = 20;
    private const int SearchPages = 5;
    private const int NewestComments = 20;

    public sealed record Found(string Key, JsonElement Description);

    public sealed record Transition(string Id, string Name);

    public sealed record Status(string Name, string Category);

    /// <summary>The oldest issue with that label; key "" when there is none. Jira's index may lag some seconds behind a creation.</summary>
    public async Task<Answer<Found>> FindAsync(string run, string label, CancellationToken cancellation)
    {
        var query = new JsonObject
        {
            ["jql"] = $"project = \"{options.ProjectKey}\" AND labels = \"{Quoted(label)}\" ORDER BY created ASC",
            ["fields"] = new JsonArray("labels", "description"),
            ["maxResults"] = SearchResults,
        };
        for (var page = 0; page < SearchPages; page++)
        {
            var reply = await SendAsync(run, HttpMethod.Post, "rest/api/3/search/jql", query, cancellation);
            if (reply.Failure is { } failure)
                return failure;
            // Label search ignores case; the label itself does not.
            var issue = reply.Value.At("issues").Items()
                .FirstOrDefault(issue => issue.At("fields", "labels").Items().Any(has => has.Text() == label));
            if (issue.ValueKind == JsonValueKind.Object)
                return new Answer<Found>(new Found(issue.At("key").Text(), issue.At("fields", "description")), null);
            var next = reply.Value.At("nextPageToken").Text();
            if (next.Length == 0 || reply.Value.At("isLast").ValueKind == JsonValueKind.True)
                break;
            query["nextPageToken"] = next;
        }

        return new Answer<Found>(new Found("", default), null);
    }

    /// <summary>Returns the key.</summary>
    public async Task<Answer<string>> CreateAsync(string run, JsonObject issue, CancellationToken cancellation)
    {
        var reply = await SendAsync(run, HttpMethod.Post, "rest/api/3/issue", issue, cancellation);
        if (reply.Failure is { } failure)
            return failure;
        var key = reply.Value.At("key").Text();
        return key.Length > 0 ? new Answer<string>(key, null) : new TellResult.Later(null, "unreadable_answer");
    }

    /// <summary>The bodies of the newest comments.</summary>
    public async Task<Answer<ImmutableArray<JsonElement>>> CommentsAsync(string run, string key, CancellationToken cancellation)
    {
        var reply = await SendAsync(run, HttpMethod.Get, $"rest/api/3/issue/{key}/comment?orderBy=-created&maxResults={NewestComments}", null, cancellation);
        return reply.Failure is { } failure
            ? failure
            : new Answer<ImmutableArray<JsonElement>>([.. reply.Value.At("comments").Items().Select(comment => comment.At("body"))], null);
    }

    public async Task<TellResult?> CommentAsync(string run, string key, JsonObject comment, CancellationToken cancellation) =>
        (await SendAsync(run, HttpMethod.Post, $"rest/api/3/issue/{key}/comment", comment, cancellation)).Failure;

    public async Task<Answer<Status>> StatusAsync(string run, string key, CancellationToken cancellation)
    {
        var reply = await SendAsync(run, HttpMethod.Get, $"rest/api/3/issue/{key}?fields=status", null, cancellation);
        if (reply.Failure is { } failure)
            return failure;
        var status = reply.Value.At("fields", "status");
        return new Answer<Status>(new Status(status.At("name").Text(), status.At("statusCategory", "key").Text()), null);
    }

    public async Task<Answer<ImmutableArray<Transition>>> TransitionsAsync(string run, string key, CancellationToken cancellation)
    {
        var reply = await SendAsync(run, HttpMethod.Get, $"rest/api/3/issue/{key}/transitions", null, cancellation);
        return reply.Failure is { } failure
            ? failure
            : new Answer<ImmutableArray<Transition>>(
                [.. reply.Value.At("transitions").Items().Select(transition => new Transition(transition.At("id").Text(), transition.At("name").Text()))], null);
    }

    public async Task<TellResult?> TransitionAsync(string run, string key, string id, CancellationToken cancellation)
    {
        var body = new JsonObject { ["transition"] = new JsonObject { ["id"] = id } };
        return (await SendAsync(run, HttpMethod.Post, $"rest/api/3/issue/{key}/transitions", body, cancellation)).Failure;
    }

    private async Task<Answer<JsonElement>> SendAsync(string run, HttpMethod method, string path, JsonNode? body, CancellationToken cancellation)
    {
        var reply = await api.SendAsync(method, path, body, cancellation);
        // A page of whatever stands before Jira succeeds, too, and did nothing.
        if (reply.IsSuccess && (reply.Status == HttpStatusCode.NoContent || reply.Body.ValueKind == JsonValueKind.Object))
        {
            metrics.Called(JiraSender.SenderName, "ok");
            return new Answer<JsonElement>(reply.Body, null);
        }

        var failure = Failure(run, reply);
        metrics.Called(JiraSender.SenderName, reply.IsThrottled ? "throttled" : failure is TellResult.Later ? "outage" : "refused");
        if (reply.IsThrottled && failure is TellResult.Later { Delay: { } wait })
            metrics.Throttled(JiraSender.SenderName, wait);
        return failure;
    }

    private TellResult Failure(string run, ApiReply reply)
    {
        if (reply.IsThrottled)
        {
            var reason = reply.LimitReason.Length > 0 ? reply.LimitReason : "rate_limited";
            return new TellResult.Later(reply.RetryAfter ?? TimeSpan.FromSeconds(30), reason);
        }

        if (reply.IsSuccess)
            return new TellResult.Later(null, "unreadable_answer");
        // 409: somebody else edits the issue at this moment.
        if (reply.IsOutage || reply.Status == HttpStatusCode.Conflict)
            return new TellResult.Later(reply.RetryAfter, reply.Status is null ? reply.Problem : $"http_{(int)reply.Status}");
        return new TellResult.Refused($"http_{(int)reply.Status!}", Explain(run, reply));
    }

    private string Explain(string run, ApiReply reply)
    {
        List<string> problems = [.. reply.Body.At("errorMessages").Items().Select(problem => problem.Text())];
        var errors = reply.Body.At("errors");
        if (errors.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in errors.EnumerateObject())
            {
                NotifyLog.FieldRefused(log, run, field.Name, field.Value.Text());
                problems.Add($"{field.Name}: {field.Value.Text()}");
            }
        }

        return problems.Count > 0 ? string.Join("; ", problems) : $"HTTP {(int)reply.Status!}";
    }

    private static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
