namespace Pipeline.Functions.Notify;

/// <summary>Always on: with nothing else configured, the story is in the log and on the API.</summary>
internal sealed class LogSender(ILogger<LogSender> log, NotifyMetrics metrics) : IStorySender
{
    public string Name => "log";

    public Task<TellResult> TellAsync(Story story, CancellationToken cancellation)
    {
        if (story.AllTold)
            return Task.FromResult<TellResult>(new TellResult.Nothing());
        foreach (var chapter in story.Untold)
            Write(story, chapter);
        metrics.Called(Name, "ok");
        return Task.FromResult<TellResult>(new TellResult.Told("log", story.Chapters.Length));
    }

    private void Write(Story story, StoryChapter chapter)
    {
        var state = StoryText.State(chapter.State);
        var step = StoryText.Step(chapter.Step);
        var text = StoryText.Line(story, chapter);
        if (chapter.CallsPerson)
            NotifyLog.PersonNeeded(log, story.Run, story.Node, state, step, chapter.Attempt, chapter.Reason, chapter.Actor, text);
        else
            NotifyLog.Chapter(log, story.Run, story.Node, state, step, chapter.Attempt, chapter.Reason, chapter.Actor, text);
    }
}
