namespace Pipeline.Functions.Notify.Slack;

/// <summary>Settings of section <c>Slack</c>. With neither token nor channel, Slack is off.</summary>
public sealed class SlackOptions
{
    public const string Section = "Slack";

    /// <value>Address of the Web API; https except on loopback. Default: the public API.</value>
    public string ApiBaseUrl { get; set; } = "https://slack.com/api";

    /// <summary>Bot token with scope <c>chat:write</c>. A secret.</summary>
    public string BotToken { get; set; } = "";

    /// <value>Channel id or name. Default: none.</value>
    public string Channel { get; set; } = "";

    /// <value>Seconds to wait for an answer. Default 10, range 1 to 30.</value>
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Shortest time between two messages in the channel; Slack allows about one a second.</summary>
    /// <value>Milliseconds. Default 1000, range 0 to 60000.</value>
    public int PostIntervalMilliseconds { get; set; } = 1000;

    internal bool IsConfigured => BotToken.Length > 0 || Channel.Length > 0;

    internal void Check()
    {
        var errors = new OptionErrors(Section);
        if (IsConfigured)
        {
            errors.Required(nameof(BotToken), BotToken, "a channel is configured");
            errors.Required(nameof(Channel), Channel, "a bot token is configured");
            errors.Secret(nameof(BotToken), BotToken);
        }

        errors.Address(nameof(ApiBaseUrl), ApiBaseUrl);
        errors.Range(nameof(TimeoutSeconds), TimeoutSeconds, 1, 30, "seconds");
        errors.Range(nameof(PostIntervalMilliseconds), PostIntervalMilliseconds, 0, 60_000, "milliseconds");
        errors.ThrowIfAny(typeof(SlackOptions));
    }
}
