using Pipeline.Functions.Notify.Jira;
using Pipeline.Functions.Notify.Slack;

namespace Pipeline.Functions.Notify;

/// <summary>Whom to tell of repairs, and how.</summary>
public sealed record NotifySettings(NotifyOptions Notify, SlackOptions Slack, JiraOptions Jira)
{
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing or wrong; the message names it.</exception>
    public void Check()
    {
        Notify.Check();
        Slack.Check();
        Jira.Check();
    }
}
