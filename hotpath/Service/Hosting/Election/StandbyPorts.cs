using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Hotpath.Grpc.Calls;
using Pipeline.Hotpath.Grpc.Wire;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>
/// The ports of a process that stands by or does not know the cluster yet: alive, ready if it could take over, and sending everybody else
/// away with the time to come back. Closed when the servers proper are about to open the same ports.
/// </summary>
internal sealed class StandbyPorts : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _closed;

    private StandbyPorts(WebApplication app) => _app = app;

    /// <param name="functions">The port of the functions, where they are in this process.</param>
    /// <param name="notReadyReason">Null: it could take over.</param>
    /// <param name="whyNotServed">What everybody is told.</param>
    /// <param name="retryAfter">When it may be worth to ask again.</param>
    public static async Task<StandbyPorts> OpenAsync(
        HotpathLaunch launch, HttpEndpoint? functions, IConfiguration settings, MetricsPage metrics, Func<string?> notReadyReason, Func<string> whyNotServed,
        TimeSpan retryAfter, TimeProvider time, ILoggerFactory loggers)
    {
        HotpathSettings.Check(settings, launch);
        var grpc = HotpathSettings.ReadGrpc(settings);
        var builder = WebPort.CreateBuilder(launch.Bind, HotpathSettings.ReadHttp(launch.HttpPort, settings, time, loggers), loggers);
        builder.AddPort(launch.Bind, launch.GrpcPort, HttpProtocols.Http2, ServerTls.Load("Grpc:Tls", grpc.Tls, time, loggers));
        if (functions is not null)
            builder.AddPort(launch.Bind, functions);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapHealth(_ => ValueTask.FromResult(notReadyReason()), whyNotServed);
        metrics.Map(app);
        app.MapFallback("{**path}", http => Refuse(http, whyNotServed(), retryAfter));
        await app.StartAsync().ConfigureAwait(false);
        return new StandbyPorts(app);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        // Nothing is under way here that would be worth a wait.
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static Task Refuse(HttpContext http, string why, TimeSpan retryAfter)
    {
        if (ContentType.IsGrpc(http.Request.ContentType))
            return RefuseCall(http.Response, why);
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return http.Response.WriteAsync($"{why}\n", http.RequestAborted);
    }

    private static Task RefuseCall(HttpResponse response, string why)
    {
        response.ContentType = ContentType.Grpc;
        new CallEnd(GrpcStatusCode.Unavailable, why).WriteTo(response, trailers: null);
        return response.CompleteAsync();
    }
}
