using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify;

public sealed class SecretsTests
{
    [Fact]
    public async Task No_token_reaches_the_log_whatever_happens()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, jira: true);
        var (slackToken, jiraToken) = (world.Slack.Token, world.Jira.ApiToken);

        world.Slack.Faults.Fail(500);
        world.Jira.Faults.Throttle(3);
        await world.TellAsync(Runs.New());
        (world.Slack.Token, world.Jira.ApiToken) = ("changed", "changed");
        await world.DeliverAsync();
        await world.Slack.DisposeAsync();
        await world.DeliverAsync();
        world.Restart();
        await world.TellAsync(Runs.New().Drained());

        Assert.Contains("http_401", world.Log.All, StringComparison.Ordinal);
        var basic = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"bot@example.com:{jiraToken}"));
        foreach (var secret in new[] { slackToken, jiraToken, basic })
            Assert.DoesNotContain(secret, world.Log.All, StringComparison.Ordinal);
    }
}
