namespace Pipeline.Functions.Notify;

internal static partial class NotifyLog
{
    [LoggerMessage(LogLevel.Information, "Run {Run} on {Node}, {State} {Step} {Attempt} ({Reason} by {Actor}): {Text}")]
    public static partial void Chapter(ILogger log, string run, string node, string state, string step, int attempt, string reason, string actor, string text);

    [LoggerMessage(LogLevel.Warning, "Run {Run} on {Node} needs a person, {State} {Step} {Attempt} ({Reason} by {Actor}): {Text}")]
    public static partial void PersonNeeded(
        ILogger log, string run, string node, string state, string step, int attempt, string reason, string actor, string text);

    [LoggerMessage(LogLevel.Information, "Stories of repairs are told to: {Senders}")]
    public static partial void Configured(ILogger log, string senders);

    [LoggerMessage(LogLevel.Information, "Run {Run}: {Sender} will be told later ({Code}, asked for {Seconds} s)")]
    public static partial void Later(ILogger log, string run, string sender, string code, double? seconds);

    [LoggerMessage(LogLevel.Error, "Run {Run}: {Sender} refuses the story ({Code}): {Message}. It stays untold and is tried again, at most an hour apart.")]
    public static partial void Refused(ILogger log, string run, string sender, string code, string message);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: Jira refuses field {Field}: {Message}")]
    public static partial void FieldRefused(ILogger log, string run, string field, string message);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: the Slack card {Reference} cannot be edited ({Code}); the thread goes on")]
    public static partial void CardFrozen(ILogger log, string run, string reference, string code);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: the Slack thread {Reference} is gone ({Code}); a new one begins")]
    public static partial void ThreadGone(ILogger log, string run, string reference, string code);

    [LoggerMessage(LogLevel.Error, "Run {Run}: sender {Sender} failed")]
    public static partial void SenderFault(ILogger log, string run, string sender, Exception fault);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: the claim was lost before {Sender} {Reference} with {Told} entries could be recorded; it may be told twice")]
    public static partial void ClaimLost(ILogger log, string run, string sender, string reference, int told);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: {Sender} {Reference} with {Told} entries could not be recorded; it may be told twice")]
    public static partial void NotRecorded(ILogger log, string run, string sender, string reference, int told, Exception away);

    [LoggerMessage(LogLevel.Information, "Run {Run}: the claim could not be released and ends with its lease")]
    public static partial void NotReleased(ILogger log, string run, Exception away);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: the engine does not answer; told later")]
    public static partial void EngineAway(ILogger log, string run, Exception away);

    [LoggerMessage(LogLevel.Warning, "Run {Run} is unknown to the engine; its notification is dropped")]
    public static partial void UnknownRun(ILogger log, string run);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: another teller held the story through {Tries} tries; this notification is dropped")]
    public static partial void ClaimGivenUp(ILogger log, string run, int tries);
}
