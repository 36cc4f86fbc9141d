using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

/// <summary>Claims that one pod at a time may use (ReadWriteOncePod).</summary>
public sealed class OnePodClaimTests
{
    private readonly VolumeWorld _world = new("a", "b");

    public OnePodClaimTests()
    {
        _world.Put(Storage.Class(provisioner: "x"));
        _world.Put(Storage.Volume("v", phase: "Bound", spec: Storage.For("data", "c-data")));
        _world.Put(Storage.Bound("v", mode: "ReadWriteOncePod"));
    }

    [Fact]
    public void A_pod_waits_for_the_one_that_uses_its_claim_whoever_placed_that_until_it_is_gone()
    {
        _world.Put(VolumeWorld.Pod("p", claims: "data"), VolumeWorld.Pod("free", claims: "other"));
        Assert.Equal("", _world.Told("p").Refusal);

        _world.Put(VolumeWorld.Pod("first", "a", "default-scheduler", "data"));
        Assert.Equal("PersistentVolumeClaim 'data' has spec.accessModes ReadWriteOncePod, and pod 'first' uses it", _world.NewsOf("p")!.Refusal);
        // It holds its volumes until it is gone.
        _world.Put(VolumeWorld.Pod("first", "a", "default-scheduler", "data", metadata: "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""));
        Assert.Null(_world.NewsOf("p"));
        _world.Delete(VolumeWorld.Pod("first", "a", "default-scheduler", "data"));
        Assert.Equal("", _world.NewsOf("p")!.Refusal);

        _world.Put(VolumeWorld.Pod("next", "b", claims: "data"));
        Assert.NotEqual("", _world.NewsOf("p")!.Refusal);
        _world.Put(VolumeWorld.Pod("next", "b", claims: "data", status: "\"phase\":\"Succeeded\""));
        Assert.Equal("", _world.NewsOf("p")!.Refusal);
    }

    [Fact]
    public void Of_two_that_wait_one_gets_a_place_and_the_other_when_it_does_not_come()
    {
        _world.Put(VolumeWorld.Pod("p", claims: "data"), VolumeWorld.Pod("q", claims: "data"));
        _world.Events();

        Assert.True(_world.Claim("p", "a"));
        Assert.True(_world.Claim("p", "a"));
        Assert.False(_world.Claim("q", "b"));
        // Who has it is told nothing, or it would lose its place.
        var news = Assert.Single(_world.Events().OfType<ClusterEvent.WorkloadPending>()).Workload;
        Assert.Equal(("team/q", "PersistentVolumeClaim 'data' has spec.accessModes ReadWriteOncePod, and pod 'p' uses it"), (news.Name, news.Refusal));
        Assert.True(_world.Claim("p", "b"));
        _world.NotBound("p");
        Assert.Equal("", _world.NewsOf("q")!.Refusal);
        Assert.True(_world.Claim("q", "b"));
        _world.Bound("q", "b");
        Assert.False(_world.Claim("p", "a"));
    }

    [Fact]
    public void A_place_is_given_up_when_another_scheduler_was_first()
    {
        _world.Put(VolumeWorld.Pod("p", claims: "data"));
        Assert.True(_world.Claim("p", "a"));
        Assert.Equal(Readiness.Ready, _world.Prepare("p", "a").Readiness);

        _world.Put(VolumeWorld.Pod("first", "b", "default-scheduler", "data"));

        Assert.Equal(Readiness.Refused, _world.Prepare("p", "a").Readiness);
    }

    [Fact]
    public void Any_number_may_use_another_claim_and_nobody_is_told_of_them()
    {
        _world.Put(Storage.Bound("v"));
        _world.Put(VolumeWorld.Pod("p", claims: "data"), VolumeWorld.Pod("q", claims: "data"));
        _world.Events();

        Assert.True(_world.Claim("p", "a") && _world.Claim("q", "b"));
        Assert.Empty(_world.Events());
    }

    [Fact]
    public void A_gang_does_not_start_half_because_two_of_it_want_the_claim()
    {
        const string Gang = "\"labels\":{\"pipeline.gpu/gang\":\"g\"},\"annotations\":{\"pipeline.gpu/gang-min\":\"2\"}";
        _world.Put(VolumeWorld.Pod("m0", claims: "data", metadata: Gang), VolumeWorld.Pod("other", claims: "data"));
        Assert.Equal("", _world.Told("m0").Refusal);
        _world.Put(VolumeWorld.Pod("m1", claims: "data", metadata: Gang));

        Assert.Equal(
            "PersistentVolumeClaim 'data' has spec.accessModes ReadWriteOncePod, and pod 'm0' of the same gang names it as well", _world.NewsOf("m1")!.Refusal);
        _world.Delete(VolumeWorld.Pod("m0", claims: "data", metadata: Gang));
        Assert.Equal("", _world.NewsOf("m1")!.Refusal);
    }
}
