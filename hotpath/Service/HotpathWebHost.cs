using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Http;

namespace Pipeline.Hotpath;

/// <summary>The service's own ports: gRPC (HTTP/2 without TLS) and HTTP (health, metrics).</summary>
public static class HotpathWebHost
{
    /// <summary>Starts a server for each port; 0 picks a free one. Kestrel cannot serve HTTP/1.1 and clear-text HTTP/2 on one port.</summary>
    public static async Task<WebApplication> StartGrpcAsync(HotpathService hotpath, IPAddress address, int port, TimeProvider time, ILoggerFactory loggers)
    {
        var app = Build(address, port, HttpProtocols.Http2, loggers);
        new UnaryGrpc(app, time, loggers.CreateLogger<UnaryGrpc>()).MapAll(hotpath);
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }

    public static async Task<WebApplication> StartHttpAsync(HotpathService hotpath, MetricsPage metrics, IPAddress address, int port, ILoggerFactory loggers)
    {
        var app = Build(address, port, HttpProtocols.Http1, loggers);
        app.MapHealth(() => hotpath.NotReadyReason);
        metrics.Map(app);
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }

    private static WebApplication Build(IPAddress address, int port, HttpProtocols protocols, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddLogging();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, port, listen => listen.Protocols = protocols);
        });
        builder.Services.AddRoutingCore();
        return builder.Build();
    }
}
