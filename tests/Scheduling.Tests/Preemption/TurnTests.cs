using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Workloads of which only one at a time may evict others.</summary>
public class TurnTests
{
    private readonly Crowd _crowd = new();

    public TurnTests()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        _crowd.Runs(2, "n1", 1);
    }

    [Fact]
    public void One_evicts_in_a_cycle_and_the_next_when_the_turn_is_given_again()
    {
        Assert.Equal(Outcome.Queued, Comes(11).Outcome);
        Assert.Equal(Outcome.Queued, Comes(12).Outcome);
        Assert.Empty(_crowd.Evicted);

        Assert.Equal(new CycleResult(1, 11), Cycle());
        Assert.Equal([1UL], _crowd.EvictedIds);
        Assert.Equal(new CycleResult(0, 0), Cycle(givesTurn: false));
        Assert.Equal(new CycleResult(1, 12), Cycle());
        Assert.Equal([1UL, 2UL], _crowd.EvictedIds);
    }

    [Fact]
    public void What_is_free_is_taken_without_the_turn_and_others_evict_beside_it()
    {
        Comes(11);
        Comes(12);
        _crowd.Cluster.Release(1);
        _crowd.Comes(1, wait: true, id: 13);

        Assert.Equal(new CycleResult(2, 0), Cycle(givesTurn: false));
        Assert.Equal([2UL], _crowd.EvictedIds);
        Assert.True(_crowd.Cluster.State.Pending.TryFindWorkload(12, out _));
    }

    [Fact]
    public void Who_is_asked_for_again_keeps_its_turn_in_the_queue_and_evicts_as_was_said_last()
    {
        Comes(11);
        Comes(12);
        Comes(11, mayPreempt: false);
        Assert.Equal(new CycleResult(1, 12), Cycle());
        Comes(11);
        Assert.Equal(new CycleResult(1, 11), Cycle());
    }

    private Reply Comes(ulong id, bool mayPreempt = true) => _crowd.Cluster.Do(new PlaceCommand
    {
        Workload = id,
        Name = $"test/w{id}",
        GpuCount = 1,
        Traits = new WorkloadTraits { Provisioning = Provisioning.Reserved },
        Wait = true,
        MayPreempt = mayPreempt,
        InTurn = true,
    });

    private object? Cycle(bool givesTurn = true) => _crowd.Cluster.Do(new ScheduleCommand { GivesTurn = givesTurn }).Detail;
}
