using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class PendingReportsTests
{
    [Fact]
    public async Task What_could_not_be_told_is_told_later()
    {
        var refusals = 1;
        var cluster = new FakeCluster
        {
            Explaining = _ =>
            {
                if (Interlocked.Decrement(ref refusals) >= 0)
                    throw new IOException("away");
            },
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        using var stopping = new CancellationTokenSource();
        var reporting = new PendingReports(cluster, world.Loop, world.Binder.Book, new HurriedTime(), NullLogger.Instance).RunAsync(stopping.Token);

        await cluster.WhenAsync("explain 2 0/1 nodes are available: ");
        await stopping.CancelAsync();
        await reporting;
        Assert.True(refusals < 0);
    }
}
