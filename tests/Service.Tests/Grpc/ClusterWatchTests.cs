using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class ClusterWatchTests : IAsyncLifetime
{
    private const string Watch = "/pipeline.v1.Cluster/Watch";
    private const int Nodes = 600;

    private ServiceWorld _world = null!;
    private RawConnection _wire = null!;

    public async Task InitializeAsync()
    {
        _world = await ServiceWorld.StartAsync(new FakeCluster().WithNodes([.. Enumerable.Range(1, Nodes).Select(NodeName)]));
        _wire = await RawConnection.OpenAsync(_world.Grpc.BaseAddress!.Port);
    }

    public async Task DisposeAsync()
    {
        await _wire.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_watcher_gets_all_nodes_in_chunks_and_then_what_changes()
    {
        var watch = await StartAsync();
        await watch.WhenMessagesAsync(3);
        var replies = watch.Replies(WatchReply.Parser);
        Assert.Equal([true, false, false], replies.Select(reply => reply.Resync));
        Assert.Equal([true, true, false], replies.Select(reply => reply.More));
        Assert.Equal(Enumerable.Range(1, Nodes).Select(NodeName), replies.SelectMany(reply => reply.Nodes).Select(node => node.Name));

        await PlaceAsync(1);
        await watch.WhenMessagesAsync(4);
        var change = watch.Replies(WatchReply.Parser)[3];
        Assert.Equal((false, false, 0), (change.Resync, change.More, change.Removed.Count));
        Assert.Contains(1000, Assert.Single(change.Nodes).GpuUsed);
        Assert.True(change.Sequence > replies[2].Sequence);

        await _world.Service.Loop.SubmitAsync(new RemoveNodeCommand { Name = NodeName(300) });
        await watch.WhenMessagesAsync(5);
        Assert.Equal([NodeName(300)], watch.Replies(WatchReply.Parser)[4].Removed);
    }

    [Fact]
    public async Task A_watcher_goes_on_where_it_was()
    {
        var first = await StartAsync();
        await first.WhenMessagesAsync(3);
        var known = first.Replies(WatchReply.Parser)[2].Sequence;
        await _wire.ResetAsync(first);
        await PlaceAsync(1);

        var second = await StartAsync(known);
        await second.WhenMessagesAsync(1);
        var reply = second.Replies(WatchReply.Parser)[0];
        Assert.Equal((false, 1), (reply.Resync, reply.Nodes.Count));
    }

    [Fact]
    public async Task A_watcher_who_knows_what_is_no_longer_held_begins_anew()
    {
        var watch = await StartAsync(1_000_000);
        await watch.WhenMessagesAsync(3);
        Assert.True(watch.Replies(WatchReply.Parser)[0].Resync);
    }

    [Fact]
    public async Task A_slow_watcher_does_not_hold_the_loop_up_and_ends_with_the_newest_state()
    {
        await using var slow = await RawConnection.OpenAsync(_world.Grpc.BaseAddress!.Port, window: 100);
        var watch = await slow.AskAsync(Watch, GrpcWire.Frame(new WatchRequest()));
        await watch.WhenBegunAsync();
        for (var workload = 1UL; workload <= 500; workload++)
            await PlaceAsync(workload);
        // Now it reads.
        await slow.WriteAsync(RawConnection.Frame(8, 0, 0, [0x7F, 0, 0, 0]));
        await slow.WriteAsync(RawConnection.Frame(8, 0, watch.Stream, [0x7F, 0, 0, 0]));
        var newest = _world.Service.Loop.Snapshot.Nodes().ToDictionary(node => node.Name, node => node.GpuUsedMilli.ToArray());
        for (var messages = 3; !Same(newest, Merge(watch)); messages++)
            await watch.WhenMessagesAsync(messages);
        Assert.InRange(watch.Messages.Count, 4, 400);
    }

    [Fact]
    public async Task A_negative_sequence_is_an_invalid_argument()
    {
        var watch = await (await StartAsync(-1)).EndAsync();
        Assert.Equal(("3", "after_sequence: must not be negative"), (watch.Status, watch["grpc-message"]));
    }

    private static string NodeName(int node) => $"node-{node:000}";

    private static Dictionary<string, Node> Merge(RawCall watch)
    {
        var nodes = new Dictionary<string, Node>();
        foreach (var reply in watch.Replies(WatchReply.Parser))
        {
            if (reply.Resync)
                nodes.Clear();
            foreach (var name in reply.Removed)
                nodes.Remove(name);
            foreach (var node in reply.Nodes)
                nodes[node.Name] = node;
        }

        return nodes;
    }

    private static bool Same(Dictionary<string, int[]> wanted, Dictionary<string, Node> got)
        => wanted.Count == got.Count && wanted.All(node => got[node.Key].GpuUsed.SequenceEqual(node.Value));

    private async Task PlaceAsync(ulong workload)
        => await _world.Service.Loop.SubmitAsync(new PlaceCommand { Workload = workload, Name = "w", GpuCount = 1, GpuMilli = 1000, CpuMilli = 1, MemoryMib = 1 });

    private Task<RawCall> StartAsync(long after = 0) => _wire.AskAsync(Watch, GrpcWire.Frame(new WatchRequest { AfterSequence = after }));
}
