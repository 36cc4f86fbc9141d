using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

[Collection(Alone.Name)]
public sealed class CallCountTests
{
    private static readonly byte[] Nothing = GrpcWire.Frame(new Empty());

    [Fact]
    public async Task Calls_are_counted_by_method_and_status()
    {
        using var metrics = new MetricsPage();
        await using var world = await GrpcWorld.StartAsync();
        await using var wire = await RawConnection.OpenAsync(world.Port);
        await wire.CallAsync(TestCalls.Empty, Nothing);
        await wire.CallAsync(TestCalls.Empty, [9]);
        await wire.CallAsync("/no.Such/Method", Nothing);
        var page = metrics.Render();
        Assert.Contains("pipeline_grpc_calls_total{method=\"/grpc.testing.TestService/EmptyCall\",status=\"Ok\"} 1", page);
        Assert.Contains("pipeline_grpc_calls_total{method=\"/grpc.testing.TestService/EmptyCall\",status=\"Internal\"} 1", page);
        Assert.Contains("pipeline_grpc_calls_total{method=\"unknown\",status=\"Unimplemented\"} 1", page);
    }
}
