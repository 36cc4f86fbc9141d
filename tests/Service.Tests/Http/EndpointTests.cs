using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Http;

public sealed class EndpointTests
{
    [Fact]
    public async Task A_ready_service_says_so_and_shows_its_metrics()
    {
        await using var world = await ServiceWorld.StartAsync();
        Assert.Equal("ok\n", await world.Http.GetStringAsync("/healthz"));
        Assert.Equal("ready\n", await world.Http.GetStringAsync("/readyz"));
        using var metrics = await world.Http.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Content.Headers.ContentType!.ToString());
        Assert.Contains("pipeline_commands_total{kind=\"UpsertNode\",outcome=\"Done\"}", await metrics.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Signals_are_left_to_the_process_whose_part_a_port_is()
    {
        await using var app = WebPort.CreateBuilder(IPAddress.Loopback, new HttpEndpoint(0), NullLoggerFactory.Instance).Build();
        Assert.IsNotType<ConsoleLifetime>(app.Services.GetRequiredService<IHostLifetime>());
    }

    [Fact]
    public async Task A_journal_that_cannot_commit_makes_the_service_unready_but_not_dead()
    {
        await using var world = await LoopWorld.ReadyAsync();
        await using var app = await ServeAsync(() => world.Loop.NotReadyReason);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);

        world.Log.FailNextCommit();
        await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.SubmitAsync(Commands.Alert()));

        using var unready = await client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        Assert.Contains("journal cannot commit", await unready.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
    }

    private static async Task<WebApplication> ServeAsync(Func<string?> notReadyReason)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapHealth(_ => ValueTask.FromResult(notReadyReason()));
        await app.StartAsync();
        return app;
    }
}
