using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Transport;
using Pipeline.TestControlPlane;

namespace Pipeline.Kubernetes.Tests.Interop;

/// <summary>A client with a gate changes nothing but while its process leads.</summary>
[Collection(ServerCollection.Name)]
public sealed class LeaderGateTests(ServerFixture server)
{
    [ControlPlaneFact]
    public async Task A_change_is_sent_only_while_the_leadership_lasts()
    {
        var gate = new LeaderGate();
        using var free = server.Client();
        using var gated = server.Client(gate: gate);
        var lease = new ObjectName("default", "gate");
        await AssertRefusedAsync(gated, free, "gate-before");

        var leadership = await new LeaderElector(free, ElectionTests.Options(lease, "me")).AcquireAsync(Patience.Token);
        await AssertRefusedAsync(gated, free, "gate-not-open");
        Assert.Null(await gated.FindAsync(Kinds.Pods, new ObjectName("default", "gate-not-open")));
        gate.Open(leadership);
        await gated.CreateAsync(Kinds.Pods, Samples.Pod("default", "gate-open"));

        await leadership.DisposeAsync();
        await AssertRefusedAsync(gated, free, "gate-after");
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => gated.DeleteAsync(Kinds.Pods, new ObjectName("default", "gate-open")));
        Assert.Equal(Reasons.NotLeading, refused.Reason);
        Assert.NotNull(await free.FindAsync(Kinds.Pods, new ObjectName("default", "gate-open")));
    }

    [ControlPlaneFact]
    public async Task A_change_that_is_under_way_when_the_leadership_ends_is_not_waited_for()
    {
        var gate = new LeaderGate();
        using var free = server.Client();
        await using var relay = new TcpRelay(server.Plane.Address);
        using var gated = server.Client(access: server.Access with { Server = relay.Address }, gate: gate);
        var leadership = await new LeaderElector(free, ElectionTests.Options(new ObjectName("default", "gate-lost"), "me")).AcquireAsync(Patience.Token);
        gate.Open(leadership);
        await gated.FindAsync(Kinds.Pods, new ObjectName("default", "none"));

        relay.Swallow();
        var change = gated.CreateAsync(Kinds.Pods, Samples.Pod("default", "gate-lost"));
        Assert.False(change.IsCompleted);
        await leadership.DisposeAsync();
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => change.WaitAsync(Patience.Token));

        Assert.Equal(Reasons.NotLeading, refused.Reason);
        // It may have arrived.
        Assert.False(refused.NotSent);
    }

    [ControlPlaneFact]
    public async Task Nothing_is_written_on_a_connection_once_the_leadership_has_ended()
    {
        using var free = server.Client();
        var gate = new LeaderGate();
        var leadership = await new LeaderElector(free, ElectionTests.Options(new ObjectName("default", "gate-body"), "me")).AcquireAsync(Patience.Token);
        using var written = new MemoryStream();
        await using var connection = new GatedStream(written, gate);
        await connection.WriteAsync(new byte[1]);
        gate.Open(leadership);
        await connection.WriteAsync(new byte[2]);

        await leadership.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await connection.WriteAsync(new byte[4]));
        Assert.Throws<IOException>(() => connection.Write(new byte[8]));
        Assert.Equal(3, written.Length);
    }

    private static async Task AssertRefusedAsync(KubernetesClient client, KubernetesClient free, string name)
    {
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(Kinds.Pods, Samples.Pod("default", name)));
        Assert.Equal(Reasons.NotLeading, refused.Reason);
        Assert.True(refused.NotSent);
        Assert.Null(await free.FindAsync(Kinds.Pods, new ObjectName("default", name)));
    }
}
