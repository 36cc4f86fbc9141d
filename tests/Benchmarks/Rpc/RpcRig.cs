using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Grpc.Hosting;
using Pipeline.Hotpath.Http;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>The whole service over a simulated cluster, with the scheduler and the echo on one gRPC server.</summary>
internal sealed class RpcRig : IAsyncDisposable
{
    public const int Nodes = 4_000;
    public const string Place = "/pipeline.v1.Scheduler/Place";
    public const string PlaceStream = "/pipeline.v1.Scheduler/PlaceStream";
    public const string Echo = "/pipeline.bench.Echo/Unary";
    public const string EchoStream = "/pipeline.bench.Echo/Stream";

    // Far from those of the simulated cluster's own workloads.
    private const ulong FirstWorkload = 1UL << 40;

    // What the queue of the loop takes with ease.
    private const int ReleasesAtOnce = 1_000;

    private readonly Scratch _scratch = new();
    private readonly MetricsPage _metrics = new();
    private SimulatedCluster _cluster = null!;
    private HotpathService _service = null!;
    private GrpcHost _host = null!;
    private ulong _released = FirstWorkload - 1;

    private RpcRig(TimeProvider time) => Time = time;

    public TimeProvider Time { get; }

    public int Port => _host.Address.Port;

    /// <summary>Workload of the next request; it counts up.</summary>
    public ulong NextWorkload { get; set; } = FirstWorkload;

    public static async Task<RpcRig> StartAsync(TimeProvider time)
    {
        var rig = new RpcRig(time);
        // Half full, so that every request fits.
        var simulation = new SimulatedClusterOptions { Nodes = Nodes, FillPercent = 50 };
        rig._cluster = new SimulatedCluster(simulation, time, NullLogger<SimulatedCluster>.Instance);
        rig._service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = rig._scratch.Sub("data") }, rig._cluster, new NoWakeups(), time, NullLoggerFactory.Instance, default);
        rig._host = await HotpathWebHost.StartGrpcAsync(
            rig._service, IPAddress.Loopback, 0, new GrpcOptions(), time, NullLoggerFactory.Instance, EchoService.Add);
        return rig;
    }

    /// <summary>Releases all that was placed, so that every stretch finds the same cluster.</summary>
    /// <returns>How much that was.</returns>
    public async Task<int> ReleaseAsync()
    {
        var placed = 0;
        while (_released + 1 < NextWorkload)
        {
            var some = (int)Math.Min(ReleasesAtOnce, NextWorkload - _released - 1);
            var replies = await Task.WhenAll(Enumerable.Range(1, some).Select(i => _service.Scheduler.ReleaseAsync(new ReleaseRequest { Workload = _released + (ulong)i })));
            placed += replies.Count(reply => reply.Released);
            _released += (ulong)some;
        }

        return placed;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _service.DisposeAsync();
        _cluster.Dispose();
        _metrics.Dispose();
        _scratch.Dispose();
    }
}
