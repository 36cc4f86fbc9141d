namespace Pipeline.Functions.Notify.Slack;

/// <summary>Slack's error codes, sorted by what to do about them. Any other code is a refusal.</summary>
internal static class SlackErrors
{
    /// <summary>Slack's own trouble: the same call may succeed later.</summary>
    public static bool IsTransient(string code) =>
        code is "ratelimited" or "rate_limited" or "internal_error" or "fatal_error" or "service_unavailable" or "request_timeout" or "team_added_to_org";

    /// <summary>The parent message was deleted.</summary>
    public static bool IsThreadGone(string code) =>
        code is "message_not_found" or "thread_not_found" or "invalid_thread_ts" or "cannot_reply_to_message";

    /// <summary>The parent stands, but this bot may not edit it (another bot wrote it, or the workspace forbids late edits).</summary>
    public static bool IsCardFrozen(string code) => code is "cant_update_message" or "edit_window_closed";
}
