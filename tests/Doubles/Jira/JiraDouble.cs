using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.TestDoubles.Http;

namespace Pipeline.TestDoubles.Jira;

/// <summary>Behaves like Jira Cloud's REST API v3 for the life of an issue, errors included, over real HTTP.</summary>
public sealed class JiraDouble : IAsyncDisposable
{
    public const string ProjectKey = "GPU";

    public const string IssueType = "Incident";

    public const string User = "bot@example.com";

    private readonly JiraIssues _issues = new(ProjectKey, IssueType);
    private readonly ConcurrentQueue<string> _calls = new();
    private LoopbackServer _server = null!;

    private JiraDouble()
    {
    }

    /// <summary>The API token of <see cref="User"/>; any other is answered with 401.</summary>
    public string ApiToken { get; set; } = "ATATT-the-token-of-the-double";

    public string BaseUrl => _server.Address;

    public FaultPlan Faults { get; } = new();

    public IReadOnlyList<JiraIssueRecord> Issues => _issues.All;

    /// <summary>Most issues that one page of a search holds.</summary>
    public int SearchPageSize
    {
        get => _issues.PageSize;
        set => _issues.PageSize = value;
    }

    /// <summary>Method and path of every call, in order, refused and failed calls included.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public static async Task<JiraDouble> StartAsync()
    {
        var jira = new JiraDouble();
        jira._server = await LoopbackServer.StartAsync(jira.HandleAsync);
        return jira;
    }

    /// <summary>A person moves the issue.</summary>
    public void Move(string key, string transition) => _issues.Move(key, transition);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task HandleAsync(HttpContext context)
    {
        _calls.Enqueue($"{context.Request.Method} {context.Request.Path}");
        return Faults.AnswerAsync(context, () => CallAsync(context.Request));
    }

    private async Task<IResult> CallAsync(HttpRequest request)
    {
        var expected = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{ApiToken}"));
        if (request.Headers.Authorization != $"Basic {expected}")
            return Results.Text("Client must be authenticated to access this resource.", statusCode: 401);
        JsonObject body;
        try
        {
            body = HttpMethods.IsPost(request.Method) ? await JsonNode.ParseAsync(request.Body) as JsonObject ?? [] : [];
        }
        catch (JsonException)
        {
            return Results.Json(new JsonObject { ["errorMessages"] = new JsonArray("There was an error parsing JSON."), ["errors"] = new JsonObject() }, statusCode: 400);
        }

        const string Root = "/rest/api/3/";
        var path = request.Path.Value!;
        if (!path.StartsWith(Root, StringComparison.Ordinal))
            return Results.NotFound();
        return (request.Method, path[Root.Length..].Split('/')) switch
        {
            (_, ["search"]) => Results.Json(new JsonObject { ["errorMessages"] = new JsonArray("The requested API has been removed.") }, statusCode: 410),
            ("POST", ["search", "jql"]) => _issues.Search(body),
            ("POST", ["issue"]) => _issues.Create(body),
            ("GET", ["issue", var key]) => _issues.Get(key),
            ("GET", ["issue", var key, "comment"]) => _issues.Comments(key, request.Query["orderBy"] == "-created", Size(request)),
            ("POST", ["issue", var key, "comment"]) => _issues.Comment(key, body),
            ("GET", ["issue", var key, "transitions"]) => _issues.Transitions(key),
            ("POST", ["issue", var key, "transitions"]) => _issues.Transition(key, body),
            _ => Results.NotFound(),
        };
    }

    private static int Size(HttpRequest request) =>
        int.TryParse(request.Query["maxResults"], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 50;
}
