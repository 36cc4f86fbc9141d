using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Cluster;

[Collection(Alone.Name)]
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
        var reporting = Reports(world, new HurriedTime()).RunAsync(stopping.Token);

        await cluster.WhenAsync("explain 2 0/1 nodes are available: ");
        await stopping.CancelAsync();
        await reporting;
        Assert.True(refusals < 0);
    }

    [Fact]
    public async Task A_gang_is_explained_once_for_all_its_members()
    {
        var members = Enumerable.Range(1, 3).Select(id => FakeCluster.Workload((ulong)id, 8) with { Labels = new() { Gang = new("g", 3) } });
        var cluster = new FakeCluster().WithNodes("a").With([.. members]);
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        using var counter = new CommandCounter(CommandKind.Explain);
        using var stopping = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        var reporting = Reports(world, time).RunAsync(stopping.Token);

        time.Advance(TimeSpan.FromSeconds(1));
        for (var member = 1; member <= 3; member++)
            await cluster.WhenAsync($"explain {member} ");
        await stopping.CancelAsync();
        await reporting;
        Assert.Equal(1, counter.Asked());
    }

    private static PendingReports Reports(AdapterWorld world, TimeProvider time)
        => new(world.Cluster, world.Loop, new Explanations(world.Loop, time), world.Binder.Book, time, NullLogger.Instance);
}
