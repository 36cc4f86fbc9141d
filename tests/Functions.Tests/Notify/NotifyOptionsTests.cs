using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Pipeline.Functions.Composition;
using Pipeline.Functions.Notify;

namespace Pipeline.Functions.Tests.Notify;

public sealed class NotifyOptionsTests
{
    private const string Token = "xoxb-very-secret";

    [Theory]
    [InlineData("Slack:Channel", "Slack:BotToken=" + Token)]
    [InlineData("Slack:BotToken", "Slack:Channel=gpu")]
    [InlineData("Slack:BotToken", "Slack:Channel=gpu", "Slack:BotToken=" + Token + "\n")]
    [InlineData("Slack:ApiBaseUrl", "Slack:Channel=gpu", "Slack:BotToken=" + Token, "Slack:ApiBaseUrl=http://slack.example/api")]
    [InlineData("Slack:ApiBaseUrl", "Slack:ApiBaseUrl=slack.example")]
    [InlineData("Slack:TimeoutSeconds", "Slack:TimeoutSeconds=0")]
    [InlineData("Slack:TimeoutSeconds", "Slack:TimeoutSeconds=31")]
    [InlineData("Slack:PostIntervalMilliseconds", "Slack:PostIntervalMilliseconds=-1")]
    [InlineData("Jira:User", "Jira:BaseUrl=https://x.example", "Jira:ApiToken=" + Token, "Jira:ProjectKey=GPU")]
    [InlineData("Jira:ApiToken", "Jira:BaseUrl=https://x.example", "Jira:User=u", "Jira:ProjectKey=GPU")]
    [InlineData("Jira:ProjectKey", "Jira:BaseUrl=https://x.example", "Jira:User=u", "Jira:ApiToken=" + Token)]
    [InlineData("Jira:BaseUrl", "Jira:ProjectKey=GPU", "Jira:User=u", "Jira:ApiToken=" + Token)]
    [InlineData("Jira:BaseUrl", "Jira:BaseUrl=http://x.example", "Jira:ProjectKey=GPU", "Jira:User=u", "Jira:ApiToken=" + Token)]
    [InlineData("Jira:BaseUrl", "Jira:BaseUrl=https://u:p@x.example", "Jira:ProjectKey=GPU", "Jira:User=u", "Jira:ApiToken=" + Token)]
    [InlineData("Jira:ProjectKey", "Jira:BaseUrl=https://x.example", "Jira:ProjectKey=GPU\" OR", "Jira:User=u", "Jira:ApiToken=" + Token)]
    [InlineData("Jira:User", "Jira:BaseUrl=https://x.example", "Jira:ProjectKey=GPU", "Jira:User=u:p", "Jira:ApiToken=" + Token)]
    [InlineData("Jira:IssueType", "Jira:IssueType= ")]
    [InlineData("Jira:DoneTransitions", "Jira:DoneTransitions=,")]
    [InlineData("Jira:TimeoutSeconds", "Jira:TimeoutSeconds=0")]
    [InlineData("Notify:PublicUrl", "Notify:PublicUrl=ftp://x")]
    public void A_wrong_or_missing_setting_stops_the_start_and_is_named(string field, params string[] settings)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Register(settings));

        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("log,slack", "Slack:Channel=gpu", "Slack:BotToken=" + Token)]
    [InlineData("log,slack", "Slack:Channel=gpu", "Slack:BotToken=" + Token, "Slack:ApiBaseUrl=http://127.0.0.1:5000/api")]
    [InlineData("log,jira", "Jira:BaseUrl=https://x.example", "Jira:User=u", "Jira:ApiToken=" + Token, "Jira:ProjectKey=GPU")]
    public void Only_what_is_configured_is_told(string senders, params string[] settings)
    {
        using var provider = Register(settings);

        Assert.Equal(senders, string.Join(',', provider.GetServices<IStorySender>().Select(sender => sender.Name)));
    }

    private static ServiceProvider Register(string[] settings)
    {
        var values = settings.Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => (string?)pair[1]);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddNotify(new ConfigurationBuilder().AddInMemoryCollection(values).Build().ReadNotify());
        return services.BuildServiceProvider();
    }
}
