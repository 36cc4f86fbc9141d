using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

[Collection(Alone.Name)]
public sealed class WatcherCountTests
{
    [Theory]
    [InlineData("Watch")]
    [InlineData("WatchSequence")]
    public async Task Watchers_of_either_kind_are_counted_and_bounded_together(string other)
    {
        await using var world = await ServiceWorld.StartAsync(grpc: new GrpcOptions { MaxWatchers = 2 });
        await using var wire = await RawConnection.OpenAsync(world.Grpc.BaseAddress!.Port);
        var (first, second) = (await StartAsync("Watch"), await StartAsync(other));
        await first.WhenMessagesAsync(1);
        await second.WhenMessagesAsync(1);
        Assert.Contains("pipeline_cluster_watchers 2", await world.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        Assert.Equal("8", (await (await StartAsync("Watch")).EndAsync()).Status);
        Assert.Equal("8", (await (await StartAsync("WatchSequence")).EndAsync()).Status);

        // Both requests are empty.
        Task<RawCall> StartAsync(string method) => wire.AskAsync($"/pipeline.v1.Cluster/{method}", GrpcWire.Frame(new WatchRequest()));
    }
}
