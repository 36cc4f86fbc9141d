using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Grpc.Health;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Grpc.Hosting;

/// <summary>A port with a gRPC server on it.</summary>
public sealed class GrpcHost : IAsyncDisposable
{
    // A client that is told to stay away before its streams end does not open them here again; and what was written last gets out.
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(100);

    private readonly WebApplication _app;
    private readonly GrpcServer _server;
    private readonly HealthBoard _health;
    private readonly TimeProvider _time;

    private GrpcHost(WebApplication app, GrpcServer server, HealthBoard health, TimeProvider time)
        => (_app, _server, _health, _time) = (app, server, health, time);

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <param name="port">0 picks a free one.</param>
    /// <param name="notReadyReason">Null when the services are ready, otherwise what is wrong.</param>
    /// <param name="addServices">Adds the services; health and reflection are among them if they are to be served.</param>
    /// <exception cref="ValidationException">A setting is out of range or a certificate cannot be used; the message names it.</exception>
    public static async Task<GrpcHost> StartAsync(
        IPAddress address, int port, GrpcOptions options, Func<string?> notReadyReason, Action<GrpcServer, HealthBoard> addServices, TimeProvider time, ILoggerFactory loggers)
    {
        options.Validate();
        var builder = WebPort.CreateBuilder(address, port, HttpProtocols.Http2, loggers, ServerTls.Load("Grpc:Tls", options.Tls, time, loggers));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds));
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel.Limits, options));

        var server = new GrpcServer(options, time, loggers.CreateLogger<GrpcServer>());
        var host = new GrpcHost(builder.Build(), server, new HealthBoard(notReadyReason, time), time);
        try
        {
            addServices(server, host._health);
            host._app.Run(server.ServeAsync);
            await host._app.StartAsync().ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Says that it serves no longer, sends clients away (GOAWAY), ends the streams and lets the other calls finish, for
    /// <see cref="GrpcOptions.DrainSeconds"/> at most.
    /// </summary>
    public async Task StopAsync()
    {
        _health.Stop();
        using var drained = new CancellationTokenSource();
        var stopping = _app.StopAsync(drained.Token);
        await Task.WhenAny(stopping, Task.Delay(Lead, _time)).ConfigureAwait(false);
        _server.EndStreams();
        do
            await Task.WhenAny(stopping, Task.Delay(Lead, _time)).ConfigureAwait(false);
        while (!stopping.IsCompleted && _server.RunningCalls > 0);
        // Kestrel would go on waiting for clients that keep an idle connection open.
        await drained.CancelAsync().ConfigureAwait(false);
        await stopping.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _health.Dispose();
        _server.Dispose();
    }

    private static void Limit(KestrelServerLimits limits, GrpcOptions options)
    {
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.Http2.MaxStreamsPerConnection = options.MaxCallsPerConnection;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(options.PingSeconds);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(options.PingTimeoutSeconds);
        // Each message is bounded by MaxReceiveBytes, which may exceed what Kestrel takes by default.
        limits.MaxRequestBodySize = null;
        // The rate of an answer cannot be lifted for a stream alone; a dead reader is found by the ping.
        limits.MinResponseDataRate = null;
    }
}
