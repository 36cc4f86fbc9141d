using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Notify.Jira;

/// <summary>One issue per run, its steps in few comments, closed when the node is healthy again.</summary>
internal sealed class JiraSender(JiraClient jira, JiraOptions options) : IStorySender
{
    public const string SenderName = "jira";

    public string Name => SenderName;

    public async Task<TellResult> TellAsync(Story story, CancellationToken cancellation)
    {
        if (story.Chapters.IsEmpty)
            return new TellResult.Nothing();
        if (story.Reference.Length == 0)
            return await OpenAsync(story with { Told = 0 }, cancellation);
        if (!JiraIssue.TryParse(story.Reference, out var issue))
            return new TellResult.Refused("bad_reference", $"the kept reference \"{story.Reference}\" is no issue key");
        if (!story.AllTold)
            return await CommentAsync(story, issue, cancellation);
        if (story.State == RunState.Healthy && !issue.Closed)
            return await CloseAsync(story, issue, cancellation);
        return new TellResult.Nothing();
    }

    /// <summary>Creation is not idempotent: an issue that an earlier try left behind is taken up instead.</summary>
    private async Task<TellResult> OpenAsync(Story story, CancellationToken cancellation)
    {
        var found = await jira.FindAsync(story.Run, JiraStory.Label(story), cancellation);
        if (found.Failure is { } failure)
            return failure;
        if (found.Value!.Key.Length > 0)
            return new TellResult.Told(found.Value.Key, JiraStory.ToldBy(story, found.Value.Description));
        var created = await jira.CreateAsync(story.Run, JiraStory.Issue(story, options), cancellation);
        return created.Failure ?? new TellResult.Told(created.Value!, JiraStory.NextThrough(story));
    }

    private async Task<TellResult> CommentAsync(Story story, JiraIssue issue, CancellationToken cancellation)
    {
        // A comment may have been written and not recorded. Within a pass the record stands, so once is enough.
        if (!story.ShownIsCurrent)
        {
            var comments = await jira.CommentsAsync(story.Run, issue.Key, cancellation);
            if (comments.Failure is { } failure)
                return failure;
            var told = comments.Value.Select(comment => JiraStory.ToldBy(story, comment)).DefaultIfEmpty(0).Max();
            if (told > story.Told)
                return new TellResult.Told(story.Reference, Math.Min(told, story.Chapters.Length));
        }

        var refused = await jira.CommentAsync(story.Run, issue.Key, JiraStory.Comment(story), cancellation);
        return refused ?? new TellResult.Told(story.Reference, JiraStory.NextThrough(story));
    }

    private async Task<TellResult> CloseAsync(Story story, JiraIssue issue, CancellationToken cancellation)
    {
        var closed = new TellResult.Told((issue with { Closed = true }).ToString(), story.Told);
        var status = await jira.StatusAsync(story.Run, issue.Key, cancellation);
        if (status.Failure is { } failure)
            return failure;
        // Jira's three status categories are fixed: new, indeterminate, done.
        if (status.Value!.Category == "done")
            return closed;

        var transitions = await jira.TransitionsAsync(story.Run, issue.Key, cancellation);
        if (transitions.Failure is { } unlisted)
            return unlisted;
        var way = options.DoneNames
            .Select(name => transitions.Value.FirstOrDefault(transition => string.Equals(transition.Name, name, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(transition => transition is not null);
        if (way is null)
        {
            var names = string.Join(", ", transitions.Value.Select(transition => transition.Name));
            return new TellResult.Refused("no_transition", $"from status \"{status.Value.Name}\" there is no {options.DoneTransitions}, only: {names}");
        }

        return await jira.TransitionAsync(story.Run, issue.Key, way.Id, cancellation) ?? closed;
    }
}
