using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;
using Pipeline.TestDoubles.Time;
using static Pipeline.Contracts.Grpc.Health.V1.HealthCheckResponse.Types;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class HealthTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private GrpcWorld _world = null!;
    private RawConnection _wire = null!;

    public async Task InitializeAsync()
    {
        _world = await GrpcWorld.StartAsync(time: _time);
        _wire = await RawConnection.OpenAsync(_world.Port);
    }

    public async Task DisposeAsync()
    {
        await _wire.DisposeAsync();
        var stopping = _world.DisposeAsync().AsTask();
        // The lead of the GOAWAY before the ends of the streams.
        while (!stopping.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(stopping, Task.Delay(10));
        }

        await stopping;
    }

    [Fact]
    public async Task A_service_that_is_not_ready_does_not_serve()
    {
        Assert.Equal(ServingStatus.Serving, await CheckAsync());
        _world.NotReady = "the journal cannot commit";
        Assert.Equal(ServingStatus.NotServing, await CheckAsync());
    }

    [Fact]
    public async Task A_watcher_hears_the_status_at_once_and_each_change_once()
    {
        var watch = await WatchAsync("grpc.testing.TestService");
        await watch.WhenMessagesAsync(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        _world.NotReady = "broken";
        _time.Advance(TimeSpan.FromSeconds(1));
        await watch.WhenMessagesAsync(2);
        _world.NotReady = null;
        _time.Advance(TimeSpan.FromSeconds(3));
        await watch.WhenMessagesAsync(3);
        Assert.Equal([ServingStatus.Serving, ServingStatus.NotServing, ServingStatus.Serving], watch.Replies(HealthCheckResponse.Parser).Select(reply => reply.Status));
    }

    [Fact]
    public async Task A_watcher_of_an_unknown_service_is_told_so_and_kept()
    {
        var watch = await WatchAsync("nobody");
        await watch.WhenMessagesAsync(1);
        Assert.Equal((ServingStatus.ServiceUnknown, ""), (watch.Replies(HealthCheckResponse.Parser).Single().Status, watch.Status));
    }

    private async Task<ServingStatus> CheckAsync()
        => Assert.Single((await _wire.CallAsync("/grpc.health.v1.Health/Check", GrpcWire.Frame(new HealthCheckRequest()))).Replies(HealthCheckResponse.Parser)).Status;

    private Task<RawCall> WatchAsync(string service)
        => _wire.AskAsync("/grpc.health.v1.Health/Watch", GrpcWire.Frame(new HealthCheckRequest { Service = service }));
}
