namespace Pipeline.Functions.Notify.Slack;

/// <summary>One card per run, edited when the run moves, with the steps in its thread.</summary>
internal sealed class SlackSender(SlackClient slack, ILogger<SlackSender> log) : IStorySender
{
    public const string SenderName = "slack";

    private readonly SaidOnce _frozen = new();

    public string Name => SenderName;

    public async Task<TellResult> TellAsync(Story story, CancellationToken cancellation)
    {
        if (story.Chapters.IsEmpty)
            return new TellResult.Nothing();
        if (story.Reference.Length == 0)
            return await OpenAsync(story, cancellation);
        if (story.AllTold)
            return new TellResult.Nothing();
        if (!SlackThread.TryParse(story.Reference, out var thread))
            return new TellResult.Refused("bad_reference", $"the kept reference \"{story.Reference}\" is no channel and ts");

        // The edit comes first: it may be repeated, and the count goes on only behind the reply.
        if (!story.ShownIsCurrent && SlackCard.IsStale(story) && await EditAsync(story, thread, cancellation) is { } failure)
            return await RecoverAsync(story, failure, cancellation);

        var reply = SlackReply.Next(story);
        var posted = await slack.PostAsync(reply.Message(thread), cancellation);
        return posted.Failure is { } refused
            ? await RecoverAsync(story, refused, cancellation)
            : new TellResult.Told(story.Reference, reply.Through);
    }

    private async Task<TellResult> OpenAsync(Story story, CancellationToken cancellation)
    {
        var message = SlackCard.Message(slack.Channel, story);
        message["unfurl_links"] = false;
        message["unfurl_media"] = false;
        var posted = await slack.PostAsync(message, cancellation);
        if (posted.Failure is { } failure)
            return failure;
        var reference = posted.Value!.ToString();
        // Kept, it would be refused for ever.
        if (!SlackThread.TryParse(reference, out _))
            return new TellResult.Later(null, "unreadable_answer");
        // A card that replaces a deleted one continues where that ended.
        return new TellResult.Told(reference, Math.Max(story.Opening, story.Told));
    }

    private async Task<TellResult?> EditAsync(Story story, SlackThread thread, CancellationToken cancellation)
    {
        var message = SlackCard.Message(thread.Channel, story);
        message["ts"] = thread.Ts;
        var edited = await slack.UpdateAsync(message, cancellation);
        if (edited.Failure is not TellResult.Refused refused || !SlackErrors.IsCardFrozen(refused.Code))
            return edited.Failure;
        if (_frozen.First(story.Reference))
            NotifyLog.CardFrozen(log, story.Run, story.Reference, refused.Code);
        return null;
    }

    /// <summary>A deleted card is replaced, unless it was made in this very pass: then something else is wrong, and a new one would not help.</summary>
    private async Task<TellResult> RecoverAsync(Story story, TellResult failure, CancellationToken cancellation)
    {
        if (failure is not TellResult.Refused refused || !SlackErrors.IsThreadGone(refused.Code) || story.ShownIsCurrent)
            return failure;
        NotifyLog.ThreadGone(log, story.Run, story.Reference, refused.Code);
        return await OpenAsync(story, cancellation);
    }
}
