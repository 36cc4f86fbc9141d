using Pipeline.Functions.Notify;
using Pipeline.Functions.Notify.Jira;
using Pipeline.Functions.Notify.Slack;
using Pipeline.Hotpath.Hosting;

namespace Pipeline.Functions.Composition;

internal static class NotifyReading
{
    /// <summary>Sections <c>Notify</c>, <c>Slack</c> and <c>Jira</c>.</summary>
    public static NotifySettings ReadNotify(this IConfiguration settings) => new(
        settings.Read<NotifyOptions>(NotifyOptions.Section), settings.Read<SlackOptions>(SlackOptions.Section), settings.Read<JiraOptions>(JiraOptions.Section));
}
