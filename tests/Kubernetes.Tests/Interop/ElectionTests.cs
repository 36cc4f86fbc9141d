using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.Kubernetes.Tests.Interop;

[Collection(ServerCollection.Name)]
public sealed class ElectionTests(ServerFixture server)
{
    [ControlPlaneFact]
    public async Task A_leader_that_is_cut_off_stops_before_another_leads()
    {
        using var client = server.Client();
        await using var relay = new TcpRelay(server.Plane.Address);
        using var far = server.Client(access: server.Access with { Server = relay.Address });
        var lease = new ObjectName("default", "cut-off");

        await using var first = await new LeaderElector(far, Options(lease, "first")).AcquireAsync(Patience.Token);
        var waiting = new LeaderElector(client, Options(lease, "second")).AcquireAsync(Patience.Token);
        Assert.True(first.IsHeld);
        relay.Swallow();
        await using var second = await waiting;

        Assert.False(first.IsHeld);
        Assert.True(first.Leading.IsCancellationRequested);
        Assert.True(second.Token.Term > first.Token.Term);
        Assert.Equal("second", (await client.GetAsync(Kinds.Leases, lease)).Spec.HolderIdentity);
    }

    [ControlPlaneFact]
    public async Task A_leader_that_goes_lets_the_next_one_begin()
    {
        using var client = server.Client();
        var lease = new ObjectName("default", "released");
        // Long enough that the second would not get it otherwise within the bound of the test.
        LeaderElectionOptions Slow(string identity) => Options(lease, identity) with { LeaseDuration = TimeSpan.FromHours(1), RenewDeadline = TimeSpan.FromMinutes(30) };
        var first = await new LeaderElector(client, Slow("first")).AcquireAsync(Patience.Token);
        var elector = new LeaderElector(client, Slow("second"));
        var waiting = elector.AcquireAsync(Patience.Token);
        await Eventually.TrueAsync("The second sees the first", Patience.Bound, () => Task.FromResult(elector.Holder == "first"));
        Assert.False(waiting.IsCompleted);

        await first.DisposeAsync();
        Assert.True(first.Leading.IsCancellationRequested);
        await using var second = await waiting;
        Assert.True(second.IsHeld);
        Assert.Equal(first.Token.Term + 1, second.Token.Term);
    }

    internal static LeaderElectionOptions Options(ObjectName lease, string identity) => new()
    {
        Lease = lease,
        Identity = identity,
        LeaseDuration = TimeSpan.FromSeconds(3),
        RenewDeadline = TimeSpan.FromSeconds(2),
        RetryPeriod = TimeSpan.FromMilliseconds(200),
    };
}
