using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pipeline.Functions.Notify.Http;
using Pipeline.Functions.Notify.Jira;
using Pipeline.Functions.Notify.Slack;

namespace Pipeline.Functions.Notify;

/// <summary>Registration of everything that tells people about repairs.</summary>
public static class NotifyServices
{
    /// <summary>
    /// Registers <see cref="NotifyHandler"/> and one <see cref="IStorySender"/> for the log and for each configured service.
    /// Needs <c>IRepairApi</c> and <c>IQueueSender</c> from the host.
    /// </summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing or wrong; the message names it.</exception>
    public static IServiceCollection AddNotify(this IServiceCollection services, NotifySettings settings)
    {
        settings.Check();
        var (notify, slack, jira) = settings;
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(notify);
        services.AddSingleton<NotifyMetrics>();
        services.AddSingleton<NotifyHandler>();
        services.AddSingleton<IStorySender, LogSender>();
        if (slack.IsConfigured)
            AddSlack(services, slack);
        if (jira.IsConfigured)
            AddJira(services, jira);
        return services;
    }

    private static void AddSlack(IServiceCollection services, SlackOptions options)
    {
        AddClient(services, SlackSender.SenderName);
        services.AddSingleton(options);
        services.AddSingleton<SlackClient>(provider => new SlackClient(
            Client(provider, SlackSender.SenderName, options.ApiBaseUrl, new AuthenticationHeaderValue("Bearer", options.BotToken), options.TimeoutSeconds),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<NotifyMetrics>()));
        services.AddSingleton<IStorySender, SlackSender>();
    }

    private static void AddJira(IServiceCollection services, JiraOptions options)
    {
        AddClient(services, JiraSender.SenderName);
        services.AddSingleton(options);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.ApiToken}"));
        services.AddSingleton<JiraClient>(provider => new JiraClient(
            Client(provider, JiraSender.SenderName, options.BaseUrl, new AuthenticationHeaderValue("Basic", credentials), options.TimeoutSeconds),
            options,
            provider.GetRequiredService<NotifyMetrics>(),
            provider.GetRequiredService<ILogger<JiraClient>>()));
        services.AddSingleton<IStorySender, JiraSender>();
    }

    private static ApiClient Client(IServiceProvider provider, string name, string address, AuthenticationHeaderValue authorization, int timeoutSeconds) =>
        new(
            provider.GetRequiredService<IHttpClientFactory>(),
            name,
            OptionErrors.Base(address),
            authorization,
            TimeSpan.FromSeconds(timeoutSeconds),
            provider.GetRequiredService<TimeProvider>());

    private static void AddClient(IServiceCollection services, string name) =>
        services.AddHttpClient(name)
            .ConfigureHttpClient(client =>
            {
                // The call itself is timed, on the injected clock.
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.MaxResponseContentBufferSize = ApiClient.ResponseBytes;
            })
            // A redirect would take the credentials elsewhere.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            // The factory's own lines repeat every address and header; the senders count and log their calls themselves.
            .RemoveAllLoggers();
}
