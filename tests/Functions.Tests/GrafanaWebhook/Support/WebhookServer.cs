using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Tests.Repair.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook.Support;

/// <summary>The endpoint on a real server, on loopback.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookServer(WebApplication app, RecordingRepairApi repair) => (_app, Repair) = (app, repair);

    public RecordingRepairApi Repair { get; }

    public HttpClient Client { get; } = new();

    public static async Task<WebhookServer> StartAsync(params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        var repair = new RecordingRepairApi();
        builder.Services
            .AddSingleton<IRepairApi>(repair)
            .AddSingleton(ShippedPlaybooks.Set.Taxonomy)
            .AddSingleton<TimeProvider>(new SetTime(WebhookRig.Now))
            .AddGrafanaWebhook(GrafanaOptions.From(builder.Configuration));
        var app = builder.Build();
        app.MapGrafanaWebhook();
        app.MapGet("/{**rest}", () => Results.Ok());
        await app.StartAsync();
        return new(app, repair) { Client = { BaseAddress = new(app.Urls.Single()) } };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
