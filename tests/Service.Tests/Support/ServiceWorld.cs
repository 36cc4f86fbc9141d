using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Grpc.Hosting;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>The whole service over a fake cluster, with its two ports.</summary>
internal sealed class ServiceWorld : IAsyncDisposable
{
    private readonly Disk _disk;
    private readonly MetricsPage _metrics = new();
    private ExtenderFront? _extender;
    private GrpcHost? _grpc;
    private WebApplication? _http;

    private ServiceWorld(Disk disk, HotpathService service) => (_disk, Service) = (disk, service);

    public HotpathService Service { get; }

    public HttpClient Http { get; } = new();

    public HttpClient Grpc { get; } = new() { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

    public static async Task<ServiceWorld> StartAsync(FakeCluster? cluster = null, GrpcOptions? grpc = null, ExtenderOptions? extender = null)
    {
        var disk = new Disk();
        var service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = disk.Path }, cluster ?? new FakeCluster().WithNodes(Commands.NodeName(1), Commands.NodeName(2)),
            new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default);
        var world = new ServiceWorld(disk, service);
        world._grpc = await HotpathWebHost.StartGrpcAsync(service, IPAddress.Loopback, 0, grpc ?? new GrpcOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        world._extender = new ExtenderFront(service.Nominations, extender ?? new ExtenderOptions(), TimeProvider.System, NullLogger<ExtenderFront>.Instance);
        var http = new HttpEndpoint(0, ServerTls.Load("Extender:Tls", extender?.Tls ?? new ServerTlsOptions(), TimeProvider.System, NullLoggerFactory.Instance, strangersMayConnect: true));
        world._http = await HotpathWebHost.StartHttpAsync(service, world._extender, world._metrics, IPAddress.Loopback, http, NullLoggerFactory.Instance);
        world.Grpc.BaseAddress = world._grpc.Address;
        world.Http.BaseAddress = new Uri(world._http.Urls.Single());
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Grpc.Dispose();
        await _grpc!.DisposeAsync();
        await _http!.DisposeAsync();
        _extender!.Dispose();
        _metrics.Dispose();
        await Service.DisposeAsync();
        _disk.Dispose();
    }
}

/// <summary>Nobody is woken.</summary>
internal sealed class NoWakeups : IWakeups
{
    public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;

    public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;
}
