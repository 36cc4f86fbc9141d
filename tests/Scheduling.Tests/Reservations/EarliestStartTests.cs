using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class EarliestStartTests
{
    private readonly TestCluster _cluster = Booked.Cluster(8);

    [Fact]
    public void A_job_that_fits_starts_now()
        => Assert.Equal((true, _cluster.Now), Told(Estimate(Booked.Gang(1, 8))));

    [Fact]
    public void A_job_starts_when_enough_of_what_runs_has_ended()
    {
        for (var id = 1UL; id <= 8; id++)
            _cluster.Run(id, seconds: (int)id * 100);
        Assert.Equal((true, _cluster.Now + 300_000), Told(Estimate(Booked.Gang(1, 3))));
        Assert.Equal([0, 1, 2], Estimate(Booked.Gang(1, 3)).Nodes.ToArray());
        Assert.Equal((true, _cluster.Now + 100_000), Told(EarliestStart.Of(_cluster.State, Single(gpus: 8), _cluster.Now)));
    }

    [Fact]
    public void Inside_one_domain_it_may_take_longer()
    {
        for (var id = 1UL; id <= 8; id++)
            _cluster.Run(id, seconds: (int)(id % 2 * 1000 + id));
        Assert.Equal((true, _cluster.Now + 8_000), Told(Estimate(Booked.Gang(1, 4))));
        Assert.Equal((true, _cluster.Now + 1_003_000), Told(Estimate(Booked.Gang(1, 4, topology: TopologyMode.Hard, tier: 1))));
    }

    [Fact]
    public void A_job_must_end_before_a_reservation_of_others_or_begin_after_it()
    {
        _cluster.Reserve(1, 8, _cluster.Now + 100_000, _cluster.Now + 500_000);
        Assert.Equal((true, _cluster.Now), Told(Estimate(Booked.Gang(1, 1, seconds: 100))));
        Assert.Equal((true, _cluster.Now + 500_000), Told(Estimate(Booked.Gang(1, 1, seconds: 101))));
        Assert.Equal((true, _cluster.Now + 500_000), Told(Estimate(Booked.Gang(1, 1))));
        Assert.Equal((true, _cluster.Now + 100_000), Told(Estimate(Booked.Gang(1, 1, reservation: 1))));
    }

    [Fact]
    public void What_does_not_say_when_it_ends_is_named()
    {
        for (var id = 1UL; id <= 8; id++)
            _cluster.Run(id, seconds: id == 5 ? 0 : 100);
        Assert.Equal((true, _cluster.Now + 100_000), Told(Estimate(Booked.Gang(1, 7))));
        var unknown = Estimate(Booked.Gang(1, 8));
        Assert.Equal((false, 8), (unknown.Known, unknown.Nodes.Length));
        Assert.Equal("Workload 'test/w5' on node 'n-04' has no expected duration.", unknown.Reason);
        _cluster.Now += 100_000;
        Assert.Contains("has run longer than expected", Estimate(Booked.Gang(1, 4)).Reason);
    }

    [Fact]
    public void A_job_that_could_never_start_has_no_nodes()
    {
        Assert.Empty(Estimate(Booked.Gang(1, 9)).Nodes);
        Assert.Empty(Estimate(Booked.Gang(1, 5, topology: TopologyMode.Hard, tier: 1)).Nodes);
        Assert.NotEmpty(Estimate(Booked.Gang(1, 5, topology: TopologyMode.Hard, tier: 2)).Nodes);
    }

    [Fact]
    public void Members_of_several_sizes_and_sub_groups_are_packed()
    {
        for (var id = 1UL; id <= 8; id++)
            _cluster.Run(id, gpus: 5, seconds: (int)id * 100);
        var shape = new Shape(4, 1000, 0, 0, GroupSet.Any);
        var gang = Booked.Gang(1, 1) with
        {
            Roles = [new GangRole("big", shape with { GpuCount = 8 }, [11], 0, 0), new GangRole("small", shape, [12, 13, 14, 15, 16, 17, 18, 19], 4, 1)],
        };
        Assert.Equal((true, _cluster.Now + 600_000), Told(Estimate(gang)));
    }

    [Fact]
    public void A_member_that_was_lost_waits_for_a_node_beside_the_mates_of_its_sub_group()
    {
        var gang = Booked.Gang(1, 4);
        gang = gang with { Roles = [gang.Roles[0] with { SubgroupSize = 2, SubgroupTier = 1 }] };
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(gang).Outcome);
        for (var id = 5UL; id <= 8; id++)
            _cluster.Run(id, seconds: 50);
        _cluster.Release(1003);
        var node = _cluster.Run(9, seconds: 100).Node;
        Assert.Equal((true, _cluster.Now + 100_000), Told(Estimate(gang)));
        Assert.Equal([node], Estimate(gang).Nodes.ToArray());
    }

    [Fact]
    public void Members_that_need_a_node_start_when_it_is_free_however_much_ends_on_others_before()
    {
        for (var id = 1UL; id < 8; id++)
            _cluster.Run(id, seconds: 1);
        var last = _cluster.Run(8, seconds: 1_000).Node;
        for (var other = 1; other <= 100; other++)
            _cluster.Run(10 + (ulong)other, gpus: 0, seconds: other);
        var gang = Booked.Gang(1, 1);
        gang = gang with { Roles = gang.Roles.Add(gang.Roles[0] with { Name = "launcher", Shape = gang.Roles[0].Shape with { GpuCount = 1 }, Members = [2_000] }) };
        _cluster.Do(new PlaceGangCommand { Gang = gang, RoleSelections = [null, Selections.Of(7, last)], Wait = true });
        Assert.True(_cluster.State.Pending.TryFindGang(1, out var job));
        Assert.Equal((true, _cluster.Now + 1_000_000), Told(EarliestStart.Of(_cluster.State, _cluster.State.Pending[job], _cluster.Now)));
    }

    [Fact]
    public void A_job_that_asks_for_no_cpu_starts_now_where_the_cluster_has_promised_more_cpu_than_there_is()
    {
        for (var node = 0; node < 8; node++)
            _cluster.Bind((ulong)node + 1, Booked.NodeName(node), cpu: 64_001);
        Assert.Equal((true, _cluster.Now), Told(Estimate(Booked.Gang(1, 8, gpus: 7))));
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Booked.Gang(1, 8, gpus: 7)).Outcome);
    }

    [Fact]
    public void Estimating_changes_nothing()
    {
        _cluster.Run(1, seconds: 100);
        var hash = _cluster.Snapshot().ImageHash();
        Estimate(Booked.Gang(1, 8));
        Assert.Equal(hash, _cluster.Snapshot().ImageHash());
    }

    private StartEstimate Estimate(GangSpec gang)
        => EarliestStart.Of(_cluster.State, new PendingJob(1, gang.Id, gang.Name, gang.Traits, gang.Roles[0].Shape, gang, false, "", _cluster.Now), _cluster.Now);

    private PendingJob Single(int gpus)
        => new(1, 99, "test/w99", new WorkloadTraits(), new Shape(gpus, 1000, 0, 0, GroupSet.Any), null, false, "", _cluster.Now);

    private static (bool Known, long At) Told(StartEstimate estimate) => (estimate.Known, estimate.At);
}
