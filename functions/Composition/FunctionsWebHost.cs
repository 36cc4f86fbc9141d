using Microsoft.AspNetCore.Server.Kestrel.Core;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Functions.Api;
using Pipeline.Functions.Api.Dashboard;
using Pipeline.Functions.Api.Simulation;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Triggers;
using Pipeline.Functions.Notify;
using Pipeline.Functions.RepairStep;
using Pipeline.Functions.Sweep;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Http;

namespace Pipeline.Functions.Composition;

/// <summary>The functions: webhook, API and page on one port, and the queue and timer triggers beside them.</summary>
internal static class FunctionsWebHost
{
    public static async Task<WebApplication> StartAsync(FunctionParts parts, LaunchOptions options, IConfiguration settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(settings);
        AddParts(builder.Services, parts);
        builder.Services.AddSingleton(parts.Loggers).AddLogging();
        builder.Services.AddRouting();
        builder.Services.AddGrafanaWebhook(settings);
        builder.Services.AddReadApi();
        builder.Services.AddNotify(settings);
        AddTriggers(builder.Services, options);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Bind, options.HttpPort, listen => listen.Protocols = HttpProtocols.Http1);
        });

        var app = builder.Build();
        app.MapGrafanaWebhook();
        app.MapReadApi();
        app.MapDashboard();
        app.MapHealth(() => parts.Hotpath.NotReadyReason);
        parts.Metrics.Map(app);
        await app.StartAsync();
        StartLog.Listening(parts.Loggers.CreateLogger(nameof(Pipeline)), string.Join(", ", app.Urls), options.GrpcPort, options.HotpathHttpPort);
        return app;
    }

    private static void AddParts(IServiceCollection services, FunctionParts parts)
    {
        services.AddSingleton(parts.Time);
        services.AddSingleton<IRepairApi>(parts.Hotpath.Repair);
        services.AddSingleton<IClusterApi>(parts.Hotpath.Cluster);
        services.AddSingleton<ISimulation>(parts.Cluster);
        services.AddSingleton<IQueueSender>(parts.Queue);
        services.AddSingleton(parts.Queue);
        services.AddSingleton(parts.Executors);
        services.AddSingleton(parts.Taxonomy);
        services.AddSingleton(parts.FunctionMetrics);
        services.AddSingleton(parts.Cluster);
        services.AddSingleton<IAlertIntake, AlertIntake>();
        services.AddHostedService<SimulatedClusterPump>();
    }

    private static void AddTriggers(IServiceCollection services, LaunchOptions options)
    {
        services.AddSingleton<RepairStepHandler>();
        services.AddSingleton<SweepHandler>();
        services.AddSingleton(new EmbeddedHostOptions());
        services.AddSingleton<IScheduleMonitor>(provider => new FileScheduleMonitor(
            Path.Combine(options.Data, "timers"), provider.GetRequiredService<ILogger<FileScheduleMonitor>>()));
        services.AddSingleton(provider => new FunctionRegistry()
            .AddQueue(RepairStepHandler.FunctionName, (_, message, cancellation) => provider.GetRequiredService<RepairStepHandler>().HandleAsync(message, cancellation))
            .AddQueue(NotifyHandler.FunctionName, (_, message, cancellation) => provider.GetRequiredService<NotifyHandler>().HandleAsync(message, cancellation))
            .AddTimer(SweepHandler.FunctionName, (_, timer, cancellation) => provider.GetRequiredService<SweepHandler>().HandleAsync(timer, cancellation)));
        services.AddHostedService<EmbeddedTriggerHost>();
    }
}
