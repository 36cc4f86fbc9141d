using System.Text.Json.Nodes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Election;

public sealed class LeaderElectorTests : IAsyncLifetime
{
    // No other timer is set for either: a request has 2.5 s.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2.2);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _time = new();
    private readonly Lock _gate = new();
    private ApiDouble _server = null!;
    private JsonObject? _lease;
    private int _version;
    private bool _down;

    public async Task InitializeAsync() => _server = await ApiDouble.StartAsync(async (context, _) =>
    {
        var body = context.Request.Method == "GET" ? null : await JsonNode.ParseAsync(context.Request.Body);
        string? answer;
        var code = 200;
        lock (_gate)
            (code, answer) = Answer(context.Request.Method, body?.AsObject());
        await context.JsonAsync(answer, code);
    });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_lease_that_another_holds_is_taken_only_after_it_was_seen_unchanged_for_its_duration()
    {
        // Its times are long past on its holder's clock, which is nobody's business.
        Hold("other", seconds: 15, renewed: "2001-01-01T00:00:00.000000Z");
        using var client = Client();
        var elector = new LeaderElector(client, Options());
        var acquiring = elector.AcquireAsync(Patience.Token);
        // Six looks of 2.2 s are 13.2 s after the first one, a seventh would be more than 15 s.
        await LookAsync(6);
        Assert.Equal("other", elector.Holder);

        // The holder lives: everything begins anew with the look that sees it.
        Touch();
        await LookAsync(7);
        Assert.False(acquiring.IsCompleted);
        _time.Advance(Look);
        await using var leadership = await acquiring;
        Assert.Equal((5, "us"), (leadership.Token.Term, leadership.Token.Holder));
        Assert.True(leadership.IsHeld);
    }

    [Fact]
    public async Task A_longer_promise_of_the_holder_is_kept()
    {
        Hold("other", seconds: 30, renewed: "2001-01-01T00:00:00.000000Z");
        using var client = Client();
        var acquiring = new LeaderElector(client, Options()).AcquireAsync(Patience.Token);
        await LookAsync(13);
        Assert.False(acquiring.IsCompleted);
        _time.Advance(Look);
        await (await acquiring).DisposeAsync();
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_before_anybody_may_take_over()
    {
        using var client = Client();
        await using var leadership = await new LeaderElector(client, Options()).AcquireAsync(Patience.Token);
        lock (_gate)
            _down = true;
        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.True(leadership.IsHeld);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(leadership.Leading.IsCancellationRequested);
        Assert.False(leadership.IsHeld);
    }

    [Fact]
    public async Task A_renewal_moves_the_end()
    {
        using var client = Client();
        await using var leadership = await new LeaderElector(client, Options()).AcquireAsync(Patience.Token);
        for (var i = 0; i < 10; i++)
            await RenewAsync();
        Assert.True(leadership.IsHeld);
    }

    [Fact]
    public async Task A_leader_that_was_replaced_stops_at_its_next_renewal()
    {
        using var client = Client();
        await using var leadership = await new LeaderElector(client, Options()).AcquireAsync(Patience.Token);
        var lost = new TaskCompletionSource();
        leadership.Leading.Register(lost.SetResult);
        Hold("other", seconds: 15, renewed: "2026-01-01T00:00:00.000000Z");
        await RenewAsync();
        await lost.Task.Bounded();
        Assert.False(leadership.IsHeld);
        Assert.Equal("other", (string?)_lease!["spec"]!["holderIdentity"]);
    }

    [Fact]
    public async Task A_note_of_somebody_on_the_lease_ends_nothing_and_is_kept()
    {
        using var client = Client();
        var leadership = await new LeaderElector(client, Options()).AcquireAsync(Patience.Token);
        lock (_gate)
        {
            _lease!["metadata"]!["annotations"] = new JsonObject { ["note"] = "mine" };
            _lease["spec"]!["strategy"] = "OldestEmulationVersion";
        }

        Touch();
        for (var i = 0; i < 3; i++)
            await RenewAsync();
        await WaitsAsync(Renewal);
        Assert.True(leadership.IsHeld);
        await leadership.DisposeAsync();
        Assert.True(leadership.Leading.IsCancellationRequested);
        Assert.Null(_lease!["spec"]!["holderIdentity"]);
        Assert.Equal("mine", (string?)_lease["metadata"]!["annotations"]!["note"]);
        Assert.Equal("OldestEmulationVersion", (string?)_lease["spec"]!["strategy"]);
        Assert.Equal(1, (int)_lease["spec"]!["leaseTransitions"]!);
    }

    [Fact]
    public void Options_that_let_two_lead_are_refused()
    {
        using var client = Client();
        var wrong = Assert.Throws<ArgumentException>(() => new LeaderElector(client, Options() with { RenewDeadline = TimeSpan.FromSeconds(15), RetryPeriod = TimeSpan.FromSeconds(14), Lease = "bare" }));
        Assert.Contains("RenewDeadline: must be 1 s to less than LeaseDuration", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("RetryPeriod", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Lease: 'bare' must be a namespace and a name", wrong.Message, StringComparison.Ordinal);
    }

    private static LeaderElectionOptions Options() => new() { Lease = new ObjectName("ns", "leader"), Identity = "us" };

    private KubernetesClient Client() => _server.Client(_time, random: new Halfway());

    private void Hold(string holder, int seconds, string renewed)
    {
        lock (_gate)
        {
            _lease = JsonNode.Parse($$"""
                {"metadata":{"name":"leader","namespace":"ns","uid":"u"},
                 "spec":{"holderIdentity":"{{holder}}","leaseDurationSeconds":{{seconds}},"renewTime":"{{renewed}}","leaseTransitions":4} }
                """)!.AsObject();
        }

        Touch();
    }

    private void Touch()
    {
        lock (_gate)
            _lease!["metadata"]!["resourceVersion"] = $"{++_version}";
    }

    /// <summary>The API server, as far as a lease needs it: writes over another version are conflicts.</summary>
    private (int Code, string Answer) Answer(string method, JsonObject? body)
    {
        if (_down)
            return (503, Says.Status(503, "ServiceUnavailable"));
        if (method == "GET")
            return _lease is null ? (404, Says.Status(404, "NotFound")) : (200, _lease.ToJsonString());
        if (method == "PUT" && (string?)body!["metadata"]!["resourceVersion"] != (string?)_lease!["metadata"]!["resourceVersion"])
            return (409, Says.Status(409, "Conflict"));
        if (method == "POST" && _lease is not null)
            return (409, Says.Status(409, "AlreadyExists"));
        _lease = body;
        Touch();
        return (200, _lease!.ToJsonString());
    }

    /// <summary>Waits until the elector waits, and then lets it look again.</summary>
    private async Task LookAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await WaitsAsync(Look);
            _time.Advance(Look);
        }

        await WaitsAsync(Look);
    }

    private async Task RenewAsync()
    {
        await WaitsAsync(Renewal);
        _time.Advance(Renewal);
    }

    private Task WaitsAsync(TimeSpan wait) => _time.WhenTimerIsSetFor(_time.GetUtcNow() + wait).Bounded();

    private sealed class Halfway : Random
    {
        public override double NextDouble() => 0.5;
    }
}
