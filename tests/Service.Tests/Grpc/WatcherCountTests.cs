using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

[Collection(Alone.Name)]
public sealed class WatcherCountTests
{
    [Fact]
    public async Task Watchers_are_counted_and_bounded()
    {
        await using var world = await ServiceWorld.StartAsync(grpc: new GrpcOptions { MaxWatchers = 2 });
        await using var wire = await RawConnection.OpenAsync(world.Grpc.BaseAddress!.Port);
        var (first, second) = (await StartAsync(), await StartAsync());
        await first.WhenMessagesAsync(1);
        await second.WhenMessagesAsync(1);
        Assert.Contains("pipeline_cluster_watchers 2", await world.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        Assert.Equal("8", (await (await StartAsync()).EndAsync()).Status);

        Task<RawCall> StartAsync() => wire.AskAsync("/pipeline.v1.Cluster/Watch", GrpcWire.Frame(new WatchRequest()));
    }
}
