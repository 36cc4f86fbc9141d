using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Grpc.Health;
using Pipeline.Hotpath.Grpc.Hosting;
using Pipeline.Hotpath.Grpc.Reflection;
using Pipeline.Hotpath.Tests.Grpc.Interop;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>The gRPC server alone, with the interoperability service or a test's own, health and reflection.</summary>
internal sealed class GrpcWorld : IAsyncDisposable
{
    private GrpcWorld(GrpcHost host) => Host = host;

    public GrpcHost Host { get; }

    public int Port => Host.Address.Port;

    /// <summary>What health is told; null: ready.</summary>
    public string? NotReady { get; set; }

    public static async Task<GrpcWorld> StartAsync(GrpcOptions? options = null, TimeProvider? time = null, Action<GrpcServer>? add = null)
    {
        GrpcWorld? world = null;
        time ??= TimeProvider.System;
        var host = await GrpcHost.StartAsync(IPAddress.Loopback, 0, options ?? new GrpcOptions(), () => world?.NotReady, (grpc, health) =>
        {
            (add ?? (server => InteropService.Add(server, time)))(grpc);
            grpc.AddHealth(health);
            grpc.AddReflection();
        }, time, NullLoggerFactory.Instance);
        return world = new GrpcWorld(host);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
