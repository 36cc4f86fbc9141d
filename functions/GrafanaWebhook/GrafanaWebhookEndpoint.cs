using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>Puts the webhook on a web host.</summary>
public static class GrafanaWebhookEndpoint
{
    public const string Path = "/api/grafana";

    /// <summary>Needs an <c>IRepairApi</c> and a <c>Taxonomy</c> among the services.</summary>
    public static IServiceCollection AddGrafanaWebhook(this IServiceCollection services, GrafanaOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        return services
            .AddSingleton(options)
            .AddSingleton<WebhookMetrics>()
            .AddSingleton<GrafanaWebhookHandler>();
    }

    /// <summary>Maps <see cref="Path"/> and logs who is admitted. The host calls <see cref="GrafanaOptions.Validate"/> before, as it knows its bindings.</summary>
    public static IEndpointConventionBuilder MapGrafanaWebhook(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var handler = services.GetRequiredService<GrafanaWebhookHandler>();
        services.GetRequiredService<ILogger<GrafanaWebhookHandler>>().Admits(Path, services.GetRequiredService<GrafanaOptions>().Describe());

        // Every method comes here, so that a wrong one is answered in JSON and counted.
        return endpoints.Map(Path, async context =>
        {
            var response = await handler.RunAsync(context.Request, context.RequestAborted);
            await response.ExecuteAsync(context);
        });
    }
}
