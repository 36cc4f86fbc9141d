using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Wakeups;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The service, the life of the cluster behind it, and its two ports.</summary>
public sealed class HotpathHost : IAsyncDisposable
{
    // As often as a cluster that is away is tried again.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly PartStack _parts = new();

    private HotpathHost(HotpathService service) => Service = _parts.Add(service);

    public HotpathService Service { get; }

    /// <param name="wakeups">Where the functions are. With a <see cref="WakeupBoard"/> they are in other processes and subscribe by gRPC.</param>
    /// <param name="setPolicy">See <see cref="HotpathService.StartAsync"/>.</param>
    /// <param name="leadership">Who may keep the ports until they are needed here.</param>
    /// <param name="functions">The port of the functions, where they are in this process: without a leadership it is said there, too, why a real cluster cannot be read yet.</param>
    public static async Task<HotpathHost> StartAsync(
        HotpathLaunch launch, IConfiguration settings, ClusterParts cluster, IWakeups wakeups, MetricsPage metrics, TimeProvider time,
        ILoggerFactory loggers, CancellationToken cancellation, Func<HotpathService, Task>? setPolicy = null, LeadershipHost? leadership = null,
        HttpEndpoint? functions = null)
    {
        HotpathSettings.Check(settings, launch);
        var options = HotpathSettings.Read(settings, launch);
        var waiting = leadership is null && cluster.WhyNotFollowed is { } whyNotFollowed
            ? await WaitAsync(whyNotFollowed, launch, functions, settings, metrics, time, loggers).ConfigureAwait(false) : null;
        HotpathHost host;
        try
        {
            host = new HotpathHost(await HotpathService.StartAsync(
                options, cluster.Cluster, wakeups, time, loggers, cancellation, setPolicy, cluster.Records, cluster.Declarations).ConfigureAwait(false));
        }
        finally
        {
            await (waiting?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
        }

        try
        {
            await (leadership?.LeavePortsAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            await host.OpenAsync(launch, settings, cluster, wakeups, metrics, time, loggers, cancellation).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    private static Task<StandbyPorts> WaitAsync(
        Func<string?> whyNotFollowed, HotpathLaunch launch, HttpEndpoint? functions, IConfiguration settings, MetricsPage metrics, TimeProvider time,
        ILoggerFactory loggers)
    {
        return StandbyPorts.OpenAsync(launch, functions, settings, metrics, WhyNotServed, WhyNotServed, RetryAfter, time, loggers);

        string WhyNotServed() => whyNotFollowed() ?? "this process begins to serve";
    }

    private async Task OpenAsync(
        HotpathLaunch launch, IConfiguration settings, ClusterParts cluster, IWakeups wakeups, MetricsPage metrics, TimeProvider time,
        ILoggerFactory loggers, CancellationToken cancellation)
    {
        if (cluster.Pump is { } pump)
        {
            _parts.Keep(pump);
            await pump.StartAsync(cancellation).ConfigureAwait(false);
        }

        var options = HotpathSettings.ReadGrpc(settings);
        var grpc = _parts.Add(await HotpathWebHost.StartGrpcAsync(Service, launch.Bind, launch.GrpcPort, options, time, loggers, server =>
        {
            server.AddNodes(cluster.Nodes, cluster.Cluster);
            if (cluster.Simulation is { } simulation)
                server.AddSimulation(simulation);
            if (wakeups is WakeupBoard board)
                server.AddWakeups(board);
        }).ConfigureAwait(false));
        var extending = HotpathSettings.ReadExtender(settings);
        var extender = _parts.Keep(new ExtenderFront(Service.Nominations, extending, time, loggers.CreateLogger<ExtenderFront>()));
        var http = _parts.Add(await HotpathWebHost.StartHttpAsync(
            Service, extender, metrics, launch.Bind, HotpathSettings.ReadHttp(launch.HttpPort, settings, time, loggers), loggers).ConfigureAwait(false));

        var log = loggers.CreateLogger(nameof(Hotpath));
        StartLog.Listening(log, grpc.Address, http.Urls.Single());
        if (IPAddress.IsLoopback(launch.Bind))
            return;
        if (!options.Tls.KeepsStrangersOut)
            StartLog.Open(log, launch.Bind);
        if (!extending.Tls.KeepsStrangersOut)
            StartLog.ExtenderOpen(log, launch.Bind);
    }
}
