using Microsoft.Extensions.DependencyInjection.Extensions;
using Pipeline.Functions.Api.Events;

namespace Pipeline.Functions.Api;

/// <summary>The HTTP surface for people and scripts: runs, nodes, workloads, alerts, live events and, when simulated, faults.</summary>
public static class ReadApi
{
    /// <summary>Registers what <see cref="MapReadApi"/> needs beside IRepairApi and IClusterApi.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public static IServiceCollection AddReadApi(this IServiceCollection services, EventFeedOptions? options = null)
    {
        options ??= new EventFeedOptions();
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<ListenerGate>();
        services.AddSingleton<FeedReader>();
        services.AddSingleton<EventFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<EventFeed>());
        services.AddSingleton<EventStream>();
        return services;
    }

    /// <param name="guard">Decides who may change something; null: everybody who reaches the port.</param>
    public static IEndpointRouteBuilder MapReadApi(this IEndpointRouteBuilder routes, IEndpointFilter? guard = null)
    {
        var api = routes.MapGroup("").AddEndpointFilter<ApiErrorFilter>();
        var changes = api.MapGroup("");
        if (guard is not null)
            changes.AddEndpointFilter(guard);
        api.MapGet("/api/runs", RunEndpoints.ListAsync);
        api.MapGet("/api/runs/{id}", RunEndpoints.GetAsync);
        api.MapGet("/api/nodes", NodeEndpoints.ListAsync);
        api.MapGet("/api/nodes/{name}", NodeEndpoints.GetAsync);
        changes.MapPost("/api/nodes/{name}/return", NodeReturn.HandleAsync);
        api.MapGet("/api/workloads", WorkloadEndpoints.ListAsync);
        api.MapGet("/api/explain/{namespace}/{name}", ExplainEndpoints.GetAsync);
        api.MapGet("/api/policy", PolicyEndpoints.GetAsync);
        changes.MapPut("/api/policy", PolicyEndpoints.PutAsync);
        api.MapGet("/api/alerts", AlertEndpoints.ListAsync);
        api.MapGet("/api/events", (HttpContext http, EventStream stream) => stream.ServeAsync(http));
        api.MapGet("/sim/kinds", Simulation.SimulationEndpoints.KindsAsync);
        changes.MapPost("/sim/faults", Simulation.SimulationEndpoints.BreakAsync);
        api.MapGet("/sim/actions", Simulation.SimulationEndpoints.ActionsAsync);
        return routes;
    }
}
