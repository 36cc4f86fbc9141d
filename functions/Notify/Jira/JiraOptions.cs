using System.Collections.Immutable;

namespace Pipeline.Functions.Notify.Jira;

/// <summary>Settings of section <c>Jira</c>, for Jira Cloud. With none of address, user, token and project, Jira is off.</summary>
public sealed class JiraOptions
{
    public const string Section = "Jira";

    /// <value>Address of the site, such as <c>https://example.atlassian.net</c>; https except on loopback. Default: none.</value>
    public string BaseUrl { get; set; } = "";

    /// <value>Account e-mail. Default: none.</value>
    public string User { get; set; } = "";

    /// <summary>API token of the user. A secret.</summary>
    public string ApiToken { get; set; } = "";

    /// <value>Project key, such as <c>GPU</c>. Default: none.</value>
    public string ProjectKey { get; set; } = "";

    /// <value>Name of the issue type. Default <c>Incident</c>.</value>
    public string IssueType { get; set; } = "Incident";

    /// <value>Names of the transition that closes an issue, comma-separated, the preferred one first. Default <c>Done</c>.</value>
    public string DoneTransitions { get; set; } = "Done";

    /// <value>Seconds to wait for an answer. Default 10, range 1 to 30.</value>
    public int TimeoutSeconds { get; set; } = 10;

    internal bool IsConfigured => BaseUrl.Length > 0 || User.Length > 0 || ApiToken.Length > 0 || ProjectKey.Length > 0;

    internal ImmutableArray<string> DoneNames =>
        [.. DoneTransitions.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    internal void Check()
    {
        var errors = new OptionErrors(Section);
        if (IsConfigured)
        {
            const string Because = "other Jira settings are there";
            errors.Required(nameof(BaseUrl), BaseUrl, Because);
            errors.Required(nameof(User), User, Because);
            errors.Required(nameof(ApiToken), ApiToken, Because);
            errors.Required(nameof(ProjectKey), ProjectKey, Because);
            if (BaseUrl.Length > 0)
                errors.Address(nameof(BaseUrl), BaseUrl);
            errors.That(!User.Contains(':'), nameof(User), "must not contain a colon");
            errors.Secret(nameof(ApiToken), ApiToken);
            // The key goes into a query; nothing else than a key may.
            errors.That(ProjectKey.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter) || letter == '_'), nameof(ProjectKey), "must be capitals, digits and underscores");
        }

        errors.That(IssueType.Trim().Length > 0, nameof(IssueType), "must not be empty");
        errors.That(DoneNames.Length > 0, nameof(DoneTransitions), "must name at least one transition");
        errors.Range(nameof(TimeoutSeconds), TimeoutSeconds, 1, 30, "seconds");
        errors.ThrowIfAny(typeof(JiraOptions));
    }
}
