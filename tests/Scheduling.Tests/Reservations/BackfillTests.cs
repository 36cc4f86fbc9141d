using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class BackfillTests
{
    private readonly TestCluster _cluster = Booked.Cluster(4);

    private long Soon => _cluster.Now + 100 * Booked.Second;

    [Fact]
    public void A_workload_that_ends_before_the_start_may_use_the_block()
    {
        _cluster.Reserve(1, 4, Soon, Soon + Booked.Hour);
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, seconds: 101).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Run(1, seconds: 100).Outcome);
    }

    [Fact]
    public void A_workload_that_does_not_say_how_long_it_runs_never_gets_a_node_of_a_block()
    {
        _cluster.Reserve(1, 3, Soon, Soon + Booked.Hour);
        Assert.Equal(3, _cluster.Run(1).Node);
        Assert.Equal(Outcome.NoFit, _cluster.Run(2).Outcome);
    }

    [Fact]
    public void Backfill_goes_on_blocks_first_because_few_others_may()
    {
        _cluster.Reserve(1, 3, Soon, Soon + Booked.Hour);
        Assert.Equal(0, _cluster.Run(1, gpus: 1, seconds: 10).Node);
        Assert.Equal(0, _cluster.Run(2, gpus: 1, seconds: 10).Node);
        Assert.Equal(3, _cluster.Run(3, gpus: 1).Node);
    }

    [Fact]
    public void A_reservation_has_all_its_nodes_however_many()
    {
        var cluster = new TestCluster();
        for (var node = 0; node < BlockedChoice.MaxLooks + 2; node++)
            cluster.AddNode($"n{node}", gpus: 1);
        var start = cluster.Now + 100 * Booked.Second;
        cluster.Reserve(1, BlockedChoice.MaxLooks + 2, start, start + Booked.Hour);
        cluster.Now = start;
        cluster.Sweep();
        for (var id = 1UL; id <= BlockedChoice.MaxLooks + 2; id++)
            Assert.Equal(Outcome.Done, cluster.Run(id, gpus: 1, reservation: 1).Outcome);
    }

    [Fact]
    public void On_a_node_of_several_blocks_the_next_start_counts()
    {
        _cluster.Reserve(1, 4, Soon + 50 * Booked.Second, Soon + Booked.Hour);
        _cluster.Reserve(2, 4, Soon, Soon + 20 * Booked.Second);
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, seconds: 120).Outcome);
        _cluster.Now = Soon + 20 * Booked.Second;
        _cluster.Sweep();
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, seconds: 31).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Run(1, seconds: 30).Outcome);
    }

    [Fact]
    public void The_start_counts_although_no_sweep_has_come()
    {
        _cluster.Reserve(1, 4, Soon, Soon + Booked.Hour);
        _cluster.Now = Soon;
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, seconds: 1).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Run(2, reservation: 1).Outcome);
    }

    [Fact]
    public void The_block_is_for_the_reservations_own_project_and_time()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(new("p", "w", false, [new("a", 100_000, 100_000, -1)]), new("q", "w", false, [new("a", 100_000, 100_000, -1)])));
        _cluster.Reserve(Booked.Request(1, 4, Soon, Soon + Booked.Hour, project: 1));
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, reservation: 1, project: 1).Outcome);
        _cluster.Now = Soon;
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, reservation: 1, project: 2).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Run(1, reservation: 2, project: 1).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Run(1, reservation: 1, project: 1).Outcome);
    }

    [Fact]
    public void A_gang_may_have_members_on_blocks_and_on_other_nodes()
    {
        _cluster.Reserve(1, 2, Soon, Soon + Booked.Hour);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Booked.Gang(1, 4, seconds: 101)).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Booked.Gang(1, 4)).Outcome);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Booked.Gang(1, 4, seconds: 100, topology: TopologyMode.Hard, tier: 1)).Outcome);
    }

    [Fact]
    public void A_gang_of_the_reservation_gets_its_block()
    {
        _cluster.Reserve(1, 3, Soon, Soon + Booked.Hour);
        _cluster.Now = Soon;
        _cluster.Sweep();
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Booked.Gang(1, 3)).Outcome);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Booked.Gang(1, 3, reservation: 1)).Outcome);
        Assert.Equal(3, _cluster.Run(1).Node);
    }

    [Fact]
    public void A_share_goes_beside_another_share_on_blocks_too()
    {
        _cluster.Reserve(1, 4, Soon, Soon + Booked.Hour);
        var traits = new Scheduling.Tenancy.WorkloadTraits { ExpectedSeconds = 10 };
        var first = _cluster.Do(new Commands.PlaceCommand { Workload = 1, GpuCount = 1, GpuMilli = 300, Traits = traits });
        _cluster.Do(new Commands.PlaceCommand { Workload = 2, GpuCount = 8, Traits = traits });
        var second = _cluster.Do(new Commands.PlaceCommand { Workload = 3, GpuCount = 1, GpuMilli = 700, Traits = traits });
        Assert.Equal((first.Node, first.GpuMask), (second.Node, second.GpuMask));
    }

    [Fact]
    public void Choosing_among_blocks_allocates_nothing()
    {
        _cluster.Reserve(1, 4, Soon, Soon + Booked.Hour);
        var place = new Commands.PlaceCommand { Workload = 1, Name = "test/w", GpuCount = 1, Traits = new Scheduling.Tenancy.WorkloadTraits { ExpectedSeconds = 10 } };
        var release = new Commands.ReleaseCommand { Workload = 1 };
        var placed = 0;
        for (var warm = 0; warm < 200; warm++)
            placed += Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
            placed += Round();
        Assert.Equal((0L, 1200), (GC.GetAllocatedBytesForCurrentThread() - before, placed));

        int Round()
        {
            var done = Engine.Step(_cluster.State, place, _cluster.Now, _cluster.Effects).Outcome == Outcome.Done;
            Engine.Step(_cluster.State, release, _cluster.Now, _cluster.Effects);
            return done ? 1 : 0;
        }
    }
}
