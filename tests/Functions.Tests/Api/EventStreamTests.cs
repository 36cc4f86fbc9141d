using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Api.Events;

namespace Pipeline.Functions.Tests.Api;

public sealed class EventStreamTests
{
    private static readonly EventFeedOptions Options = new();

    [Fact]
    public async Task The_first_event_is_everything()
    {
        await using var host = await ApiHost.StartAsync();
        var node = FakeCluster.Node("gpu-0001", NodeHealth.Healthy, 0, 400, 1000, 0, 400, 1000);
        node.BadGpuMask = 0b111000;
        host.Cluster.Put(node);

        using var events = await EventReader.OpenAsync(host);

        Assert.Equal("text/event-stream", events.Response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["retry: 2000"], await events.BlockAsync());
        var block = await events.BlockAsync();
        Assert.Equal("event: snapshot", block[0]);
        Assert.Equal(
            """data: {"sequence":2,"at":"2023-11-14T22:13:20.000Z","simulated":true,"moreRuns":false,"nodes":[{"name":"gpu-0001","state":"Healthy","gpus":"ipuIPU","group":"h100","leaf":3}],"runs":[]}""",
            block[1]);
    }

    [Fact]
    public async Task Only_what_changed_follows_and_a_burst_is_one_event()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("a"), FakeCluster.Node("b"), FakeCluster.Node("c"), FakeCluster.Node("d"));
        using var events = await EventReader.OpenAsync(host);
        await events.EventAsync("snapshot");

        await host.Time.ArmedAsync(Options.Interval);
        host.Cluster.Put(FakeCluster.Node("a", NodeHealth.Healthy, 1000, 0));
        host.Repair.Put(FakeRepair.Run("r1", "b", RunState.Observed));
        host.Cluster.Put(FakeCluster.Node("b", NodeHealth.Healthy, 0, 0));
        host.Cluster.Remove("c");
        host.Time.Advance(Options.Interval);
        var delta = await events.EventAsync("delta");

        Assert.Equal(["a:Healthy:ui", "b:Observed:ii"], delta.GetProperty("nodes").EnumerateArray().Select(Text));
        Assert.Equal(["c"], delta.GetProperty("gone").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(["r1"], delta.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("id").GetString()));
        Assert.Equal("r1", delta.GetProperty("nodes")[1].GetProperty("run").GetString());
    }

    [Fact]
    public async Task A_run_that_ends_is_told_even_when_it_is_too_old_for_the_list()
    {
        await using var host = await ApiHost.StartAsync(options: new EventFeedOptions { EndedRuns = 1 });
        host.Cluster.Put(FakeCluster.Node("a"));
        host.Repair.Put(FakeRepair.Run("old", "a", RunState.Soaking)).Put(FakeRepair.Run("new", "b", RunState.Healthy, ended: true));
        using var events = await EventReader.OpenAsync(host);
        await events.EventAsync("snapshot");

        await host.Time.ArmedAsync(Options.Interval);
        host.Repair.Put(FakeRepair.Run("old", "a", RunState.Healthy, ended: true));
        host.Cluster.Changed();
        host.Time.Advance(Options.Interval);
        var delta = await events.EventAsync("delta");

        Assert.Equal(["a:Healthy:ii"], delta.GetProperty("nodes").EnumerateArray().Select(Text));
        Assert.True(delta.GetProperty("runs")[0].GetProperty("ended").GetBoolean());
    }

    [Fact]
    public async Task A_live_run_that_the_engine_does_not_know_any_more_does_not_stay()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("a"));
        host.Repair.Put(FakeRepair.Run("lost", "a", RunState.Acting)).Put(FakeRepair.Run("kept", "b", RunState.Soaking));
        using var events = await EventReader.OpenAsync(host);
        await events.EventAsync("snapshot");

        await host.Time.ArmedAsync(Options.Interval);
        host.Repair.Remove("lost");
        host.Cluster.Changed();
        host.Time.Advance(Options.Interval);

        var snapshot = await events.EventAsync("snapshot");
        Assert.Equal(["kept"], snapshot.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData(NodeHealth.Quarantined, "r1", "NeedsHardware")]
    [InlineData(NodeHealth.Quarantined, "gone", "Quarantined")]
    [InlineData(NodeHealth.Cordoned, "person", "Cordoned")]
    [InlineData(NodeHealth.Unreachable, "", "Unreachable")]
    public async Task A_node_shows_why_it_is_out(NodeHealth health, string owner, string state)
    {
        await using var host = await ApiHost.StartAsync(options: new EventFeedOptions { EndedRuns = 1 });
        var node = FakeCluster.Node("a", health);
        node.CordonOwner = owner;
        host.Cluster.Put(node);
        host.Repair.Put(FakeRepair.Run("r1", "a", RunState.NeedsHardware, ended: true)).Put(FakeRepair.Run("r2", "b", RunState.Healthy, ended: true));
        using var events = await EventReader.OpenAsync(host);
        var snapshot = await events.EventAsync("snapshot");
        Assert.Equal(state, snapshot.GetProperty("nodes")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_quiet_stream_says_every_fifteen_seconds_that_it_lives()
    {
        await using var host = await ApiHost.StartAsync();
        using var events = await EventReader.OpenAsync(host);
        await events.EventAsync("snapshot");
        for (var i = 0; i < 2; i++)
        {
            await host.Time.ArmedAsync(Options.Heartbeat);
            host.Time.Advance(TimeSpan.FromSeconds(15));
            // A page does not hear of a comment, so it could not tell a quiet line from a dead one.
            Assert.Equal(["event: heartbeat", "data: {}"], await events.BlockAsync());
        }
    }

    [Fact]
    public async Task One_listener_too_many_is_told_to_come_back_and_gets_in_when_another_leaves()
    {
        await using var host = await ApiHost.StartAsync(options: new EventFeedOptions { MaxListeners = 1 });
        var first = await EventReader.OpenAsync(host);
        using (var refused = await host.Client.GetAsync("/api/events"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await first.EventAsync("snapshot");
        first.Dispose();
        await EnteredAsync(host);
    }

    [Fact]
    public async Task The_cluster_is_not_watched_when_the_last_listener_has_left()
    {
        await using var host = await ApiHost.StartAsync();
        using (var events = await EventReader.OpenAsync(host))
        {
            await events.EventAsync("snapshot");
            await host.Time.ArmedAsync(Options.Interval);
            host.Time.Advance(Options.Interval);
        }

        await host.Cluster.Unwatched.Task.WaitAsync(TestLimits.Patience);
    }

    [Fact]
    public async Task A_listener_after_a_pause_gets_a_fresh_picture_and_then_what_changes()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("a"));
        using (var first = await EventReader.OpenAsync(host))
        {
            await first.EventAsync("snapshot");
            await host.Time.ArmedAsync(Options.Interval);
            host.Time.Advance(Options.Interval);
        }

        await host.Cluster.Unwatched.Task.WaitAsync(TestLimits.Patience);
        host.Cluster.Put(FakeCluster.Node("a", NodeHealth.Healthy, 1000, 1000));

        using var second = await EventReader.OpenAsync(host);
        var snapshot = await second.EventAsync("snapshot");
        Assert.Equal(["a:Healthy:uu"], snapshot.GetProperty("nodes").EnumerateArray().Select(Text));
    }

    [Fact]
    public async Task Trouble_is_told_and_ends_when_the_engine_answers_again()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Failure = new HotpathUnavailableException("stopping", TimeSpan.FromSeconds(7));
        using var events = await EventReader.OpenAsync(host);
        Assert.Contains("stopping", (await events.EventAsync("snapshot")).GetProperty("trouble").GetString());

        await host.Time.ArmedAsync(TimeSpan.FromSeconds(7));
        host.Cluster.Failure = null;
        host.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.False((await events.EventAsync("delta")).TryGetProperty("trouble", out _));
    }

    [Fact]
    public async Task A_listener_that_takes_nothing_delays_nobody_and_is_dropped_in_the_end()
    {
        await using var host = await ApiHost.StartAsync(options: new EventFeedOptions { MaxListeners = 2 });
        host.Cluster.Put(Large(used: 0));
        using var stuck = await OpenWithoutReadingAsync(host);
        using var swift = await EventReader.OpenAsync(host);
        await swift.EventAsync("snapshot");

        // Far more than the buffers between the two ends of a loopback connection hold.
        for (var round = 1; round <= 16; round++)
        {
            await host.Time.ArmedAsync(Options.Interval);
            host.Cluster.Put(Large(used: round % 2 * 1000));
            host.Time.Advance(Options.Interval);
            Assert.Equal(4000, (await swift.EventAsync("delta")).GetProperty("nodes").GetArrayLength());
        }

        await host.Time.ArmedAsync(Options.WriteTimeout, count: 1);
        using (var refused = await host.Client.GetAsync("/api/events"))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        host.Time.Advance(Options.WriteTimeout);
        await EnteredAsync(host);
    }

    [Fact]
    public async Task What_changes_while_the_journal_cannot_commit_is_seen_all_the_same()
    {
        await using var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("a"));
        using var events = await EventReader.OpenAsync(host);
        await events.EventAsync("snapshot");
        await host.Time.ArmedAsync(Options.Interval);
        host.Time.Advance(Options.Interval);

        host.Cluster.PutUncounted(FakeCluster.Node("a", NodeHealth.Healthy, 1000, 0));
        await host.Time.ArmedAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["a:Healthy:ui"], (await events.EventAsync("delta")).GetProperty("nodes").EnumerateArray().Select(Text));
    }

    private static string Text(JsonElement node) =>
        $"{node.GetProperty("name").GetString()}:{node.GetProperty("state").GetString()}:{node.GetProperty("gpus").GetString()}";

    private static Node[] Large(int used) => [.. Enumerable.Range(0, 4000).Select(i =>
    {
        var node = FakeCluster.Node($"gpu-{i:0000}", NodeHealth.Healthy, used, used);
        node.Group = new string('g', 200);
        return node;
    })];

    private static async Task<Socket> OpenWithoutReadingAsync(ApiHost host)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(host.Client.BaseAddress!.Host, host.Client.BaseAddress.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        var firstByte = new byte[1];
        Assert.Equal(1, await socket.ReceiveAsync(firstByte));
        return socket;
    }

    /// <summary>Asks until a place is free: the server notices a lost listener in its own time.</summary>
    private static async Task EnteredAsync(ApiHost host)
    {
        using var patience = new CancellationTokenSource(TestLimits.Patience);
        while (true)
        {
            using var response = await host.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode == HttpStatusCode.OK)
                return;
        }
    }
}
