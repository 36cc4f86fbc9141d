using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Functions.Api;
using Pipeline.Functions.Api.Dashboard;
using Pipeline.Functions.Api.Events;
using Pipeline.Functions.Api.Simulation;

namespace Pipeline.Functions.Tests.Api;

/// <summary>The read API and the page on a real Kestrel, over a cluster in memory.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiHost(WebApplication app) => _app = app;

    public FakeCluster Cluster { get; private init; } = null!;

    public FakeRepair Repair { get; private init; } = null!;

    public FakeScheduler Scheduler { get; private init; } = null!;

    public FakeSimulation Simulation { get; private init; } = null!;

    public ManualTime Time { get; private init; } = null!;

    public HttpClient Client { get; private init; } = null!;

    public static async Task<ApiHost> StartAsync(bool simulated = true, EventFeedOptions? options = null, IEndpointFilter? guard = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        // Kestrel's own guard against slow readers runs on the real clock and would decide before the feed's.
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinResponseDataRate = null;
        });
        var (cluster, repair, simulation, time) = (new FakeCluster(), new FakeRepair(), new FakeSimulation(), new ManualTime());
        var scheduler = new FakeScheduler();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IClusterApi>(cluster).AddSingleton<ISchedulerApi>(scheduler).AddSingleton<IRepairApi>(repair).AddSingleton<TimeProvider>(time);
        if (simulated)
            builder.Services.AddSingleton<ISimulation>(simulation).AddSingleton<IAlertIntake>(simulation);
        builder.Services.AddReadApi(options);
        var app = builder.Build();
        app.MapReadApi(guard);
        app.MapDashboard();
        await app.StartAsync();
        return new ApiHost(app)
        {
            Cluster = cluster,
            Repair = repair,
            Scheduler = scheduler,
            Simulation = simulation,
            Time = time,
            Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TestLimits.Patience },
        };
    }

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string json, string contentType = "application/json")
    {
        using var content = new StringContent(json, null, contentType);
        using var response = await Client.PostAsync(path, content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
