using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Pipeline.TestDoubles.Jira;

/// <summary>The issues of one project, with the checks that Jira Cloud makes. Each call gives the HTTP answer.</summary>
internal sealed partial class JiraIssues(string project, string issueType)
{
    private readonly Lock _gate = new();
    private readonly List<JiraIssueRecord> _issues = [];

    public IReadOnlyList<JiraIssueRecord> All
    {
        get
        {
            lock (_gate)
                return [.. _issues];
        }
    }

    public IResult Create(JsonObject body)
    {
        lock (_gate)
        {
            var fields = body["fields"] as JsonObject ?? [];
            var errors = new JsonObject();
            if ((string?)fields["project"]?["key"] != project)
                errors["project"] = "valid project is required";
            if ((string?)fields["issuetype"]?["name"] != issueType)
                errors["issuetype"] = "Specify a valid issue type";
            var summary = Text(fields["summary"]);
            if (summary is null or "")
                errors["summary"] = "You must specify a summary of the issue.";
            else if (summary.Length > 255 || summary.Contains('\n'))
                errors["summary"] = "Summary must be one line of at most 255 characters.";
            if (fields["description"] is { } description && !JiraDocuments.IsValid(description))
                errors["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)";
            var labels = (fields["labels"] as JsonArray ?? []).Select(label => Text(label) ?? "").ToList();
            if (labels.Any(label => label.Length == 0 || label.Contains(' ')))
                errors["labels"] = "The label contains spaces which is invalid.";
            if (errors.Count > 0)
                return Invalid(errors);
            var number = _issues.Count + 1;
            var issue = new JiraIssueRecord(
                $"{10_000 + number}", $"{project}-{number}", summary!, issueType, [.. labels], fields["description"]?.DeepClone(), JiraWorkflow.First, []);
            _issues.Add(issue);
            return Results.Json(new JsonObject { ["id"] = issue.Id, ["key"] = issue.Key, ["self"] = $"/rest/api/3/issue/{issue.Id}" }, statusCode: 201);
        }
    }

    /// <summary>Knows queries by project and label; the newest page size is honoured, and only asked fields are given.</summary>
    public IResult Search(JsonObject body)
    {
        lock (_gate)
        {
            var query = QueryPattern().Match(Text(body["jql"]) ?? "");
            if (!query.Success)
                return Invalid(new JsonObject(), "Error in the JQL query: unbounded or not understood.");
            var hits = _issues
                .Where(_ => query.Groups["project"].Value == project)
                .Where(issue => issue.Labels.Contains(query.Groups["label"].Value, StringComparer.OrdinalIgnoreCase))
                .ToList();
            var start = int.TryParse(Text(body["nextPageToken"]), out var token) ? token : 0;
            var size = Math.Min((int?)body["maxResults"] ?? 50, PageSize);
            var fields = (body["fields"] as JsonArray ?? []).Select(field => Text(field)).ToList();
            var answer = new JsonObject
            {
                ["issues"] = new JsonArray([.. hits.Skip(start).Take(size).Select(issue => Found(issue, fields))]),
                ["isLast"] = start + size >= hits.Count,
            };
            if (start + size < hits.Count)
                answer["nextPageToken"] = $"{start + size}";
            return Results.Json(answer);
        }
    }

    /// <summary>Jira may give fewer results a page than asked for.</summary>
    public int PageSize { get; set; } = 50;

    public IResult Get(string key) => With(key, issue => Results.Json(Found(issue, ["status", "labels", "summary", "description"])));

    public IResult Comments(string key, bool newestFirst, int size) => With(key, issue =>
    {
        var comments = newestFirst ? issue.Comments.Reverse() : issue.Comments;
        return Results.Json(new JsonObject
        {
            ["total"] = issue.Comments.Length,
            ["comments"] = new JsonArray([.. comments.Take(size).Select(comment => new JsonObject { ["body"] = comment.DeepClone() })]),
        });
    });

    public IResult Comment(string key, JsonObject body) => With(key, issue =>
    {
        if (!JiraDocuments.IsValid(body["body"]))
            return Invalid(new JsonObject { ["comment"] = "Comment body is not valid!" });
        Replace(issue with { Comments = issue.Comments.Add(body["body"]!.DeepClone()) });
        return Results.Json(new JsonObject { ["id"] = $"{20_000 + issue.Comments.Length}" }, statusCode: 201);
    });

    public IResult Transitions(string key) => With(key, issue => Results.Json(new JsonObject
    {
        ["transitions"] = new JsonArray(
            [.. JiraWorkflow.From(issue.Status).Select(way => new JsonObject { ["id"] = way.Id, ["name"] = way.Name, ["to"] = Status(way.To) })]),
    }));

    public IResult Transition(string key, JsonObject body) => With(key, issue =>
    {
        var way = JiraWorkflow.From(issue.Status).FirstOrDefault(way => way.Id == Text(body["transition"]?["id"]));
        if (way.Id is null)
            return Invalid(new JsonObject(), "It seems that you have tried to perform an illegal workflow operation.");
        Replace(issue with { Status = way.To });
        return Results.NoContent();
    });

    /// <summary>A person moves the issue by a transition of that name.</summary>
    public void Move(string key, string transition)
    {
        lock (_gate)
        {
            var issue = _issues.Single(issue => issue.Key == key);
            Replace(issue with { Status = JiraWorkflow.From(issue.Status).Single(way => way.Name == transition).To });
        }
    }

    private IResult With(string key, Func<JiraIssueRecord, IResult> action)
    {
        lock (_gate)
        {
            var issue = _issues.Find(issue => issue.Key == key);
            return issue is not null
                ? action(issue)
                : Results.Json(Problem(new JsonObject(), "Issue does not exist or you do not have permission to see it."), statusCode: 404);
        }
    }

    private void Replace(JiraIssueRecord issue) => _issues[_issues.FindIndex(old => old.Key == issue.Key)] = issue;

    private static JsonObject Found(JiraIssueRecord issue, List<string?> fields)
    {
        var values = new JsonObject();
        if (fields.Contains("labels"))
            values["labels"] = new JsonArray([.. issue.Labels]);
        if (fields.Contains("summary"))
            values["summary"] = issue.Summary;
        if (fields.Contains("description"))
            values["description"] = issue.Description?.DeepClone();
        if (fields.Contains("status"))
            values["status"] = Status(issue.Status);
        return new JsonObject { ["id"] = issue.Id, ["key"] = issue.Key, ["fields"] = values };
    }

    private static JsonObject Status(string name) =>
        new() { ["name"] = name, ["statusCategory"] = new JsonObject { ["key"] = JiraWorkflow.Category(name) } };

    private static IResult Invalid(JsonObject errors, params string[] messages) => Results.Json(Problem(errors, messages), statusCode: 400);

    private static JsonObject Problem(JsonObject errors, params string[] messages) =>
        new() { ["errorMessages"] = new JsonArray([.. messages]), ["errors"] = errors };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    [GeneratedRegex("""^project = "(?<project>[^"]+)" AND labels = "(?<label>[^"]+)" ORDER BY created ASC$""")]
    private static partial Regex QueryPattern();
}
