using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Grpc.Hosting;
using Pipeline.Hotpath.Http;

namespace Pipeline.Hotpath;

/// <summary>The service's own ports: gRPC (HTTP/2) and HTTP (health, metrics, the extender of kube-scheduler), in clear text unless TLS is configured.</summary>
public static class HotpathWebHost
{
    /// <summary>Starts the gRPC port; 0 picks a free one. Kestrel cannot serve HTTP/1.1 and clear-text HTTP/2 on one port.</summary>
    /// <param name="addServices">Adds those that only some processes have.</param>
    public static Task<GrpcHost> StartGrpcAsync(
        HotpathService hotpath, IPAddress address, int port, GrpcOptions options, TimeProvider time, ILoggerFactory loggers,
        Action<GrpcServer>? addServices = null)
        => GrpcHost.StartAsync(address, port, options, () => hotpath.NotReadyReason, (grpc, health) =>
        {
            addServices?.Invoke(grpc);
            grpc.AddAll(hotpath, options, health);
        }, time, loggers);

    public static Task<WebApplication> StartHttpAsync(
        HotpathService hotpath, ExtenderFront extender, MetricsPage metrics, IPAddress address, HttpEndpoint endpoint, ILoggerFactory loggers)
        => StartHttpAsync(_ => ValueTask.FromResult(hotpath.NotReadyReason), extender, metrics, address, endpoint, loggers);

    /// <param name="notReadyReason">Null when ready, otherwise what is wrong.</param>
    public static async Task<WebApplication> StartHttpAsync(
        Func<CancellationToken, ValueTask<string?>> notReadyReason, ExtenderFront extender, MetricsPage metrics, IPAddress address, HttpEndpoint endpoint,
        ILoggerFactory loggers)
    {
        var builder = WebPort.CreateBuilder(address, endpoint, loggers);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapHealth(notReadyReason);
        metrics.Map(app);
        extender.Map(app);
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }
}
