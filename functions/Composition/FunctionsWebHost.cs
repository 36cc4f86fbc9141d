using System.Net;
using Pipeline.Functions.Api;
using Pipeline.Functions.Api.Dashboard;
using Pipeline.Functions.Api.Simulation;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Settings;
using Pipeline.Functions.Hosting.Triggers;
using Pipeline.Functions.Notify;
using Pipeline.Functions.RepairStep;
using Pipeline.Functions.Sweep;
using Pipeline.Hotpath.Http;

namespace Pipeline.Functions.Composition;

/// <summary>The functions: webhook, API and page on one port, and the queue and timer triggers beside them.</summary>
internal static class FunctionsWebHost
{
    public static async Task<WebApplication> StartAsync(FunctionParts parts, HttpEndpoint endpoint, LaunchOptions options, IConfiguration settings, FunctionsSettings own)
    {
        var builder = WebPort.CreateBuilder(options.Service.Bind, endpoint, parts.Loggers);
        builder.Configuration.AddConfiguration(settings);
        AddParts(builder.Services, parts);
        builder.Services.AddRouting();
        builder.Services.AddGrafanaWebhook(own.Grafana);
        builder.Services.AddReadApi();
        builder.Services.AddNotify(own.Notify);
        AddTriggers(builder.Services, own.App, options);

        var app = builder.Build();
        app.MapGrafanaWebhook();
        var guarded = !IPAddress.IsLoopback(options.Service.Bind);
        app.MapReadApi(guarded && own.Grafana.HasPassword ? new WriteGuard(own.Grafana, parts.Time) : null);
        app.MapDashboard();
        var triggers = app.Services.GetRequiredService<EmbeddedTriggerHost>();
        app.MapHealth(async token => await parts.Hotpath.NotReadyReasonAsync(token) ?? triggers.NotReadyReason ?? parts.QueueWatch.NotReadyReason);
        parts.Metrics.Map(app);
        await app.StartAsync();
        var log = parts.Loggers.CreateLogger(nameof(Pipeline));
        StartLog.Listening(log, string.Join(", ", app.Urls));
        if (guarded && !own.Grafana.HasPassword)
            StartLog.Open(log, options.Service.Bind);
        return app;
    }

    private static void AddParts(IServiceCollection services, FunctionParts parts)
    {
        services.AddSingleton(parts.Time);
        services.AddSingleton(parts.Hotpath.Repair);
        services.AddSingleton(parts.Hotpath.Scheduler);
        services.AddSingleton(parts.Hotpath.Cluster);
        if (parts.Hotpath.Simulation is { } simulation)
            services.AddSingleton(simulation);
        services.AddSingleton<IQueueSender>(parts.Queue);
        services.AddSingleton(parts.Queue);
        services.AddSingleton(parts.Executors);
        services.AddSingleton(parts.Taxonomy);
        services.AddSingleton(parts.FunctionMetrics);
        services.AddSingleton<IAlertIntake, AlertIntake>();
    }

    private static void AddTriggers(IServiceCollection services, FunctionApp functions, LaunchOptions options)
    {
        services.AddSingleton(functions);
        services.AddSingleton<RepairStepHandler>();
        services.AddSingleton<SweepHandler>();
        services.AddSingleton(new EmbeddedHostOptions());
        services.AddSingleton<IScheduleMonitor>(provider => new FileScheduleMonitor(
            Path.Combine(options.Service.Data, "timers"), provider.GetRequiredService<ILogger<FileScheduleMonitor>>()));
        services.AddSingleton(provider => new FunctionRegistry()
            .AddQueue(RepairStepHandler.FunctionName, (_, message, cancellation) => provider.GetRequiredService<RepairStepHandler>().HandleAsync(message, cancellation))
            .AddQueue(NotifyHandler.FunctionName, (_, message, cancellation) => provider.GetRequiredService<NotifyHandler>().HandleAsync(message, cancellation))
            .AddTimer(SweepHandler.FunctionName, (_, timer, cancellation) => provider.GetRequiredService<SweepHandler>().HandleAsync(timer, cancellation)));
        services.AddSingleton<EmbeddedTriggerHost>();
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedTriggerHost>());
    }
}

internal static partial class StartLog
{
    [LoggerMessage(1, LogLevel.Information, "Pipeline listens: {Urls} (page, API, webhook).")]
    public static partial void Listening(ILogger logger, string urls);

    [LoggerMessage(2, LogLevel.Warning, "The API is open beyond this machine ({Bind}), and anybody may return nodes, replace the scheduling policy and break simulated nodes: set Grafana:BearerToken, or Grafana:BasicUser with Grafana:BasicPassword.")]
    public static partial void Open(ILogger logger, IPAddress bind);
}
