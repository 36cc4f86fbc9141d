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

    [Fact]
    public void A_gang_evicts_in_a_cycle_as_others_do_and_the_turn_is_one_of_its_members()
    {
        Assert.Equal(Outcome.Queued, GangComes(5, members: 1).Outcome);
        Assert.Equal(Outcome.Queued, GangComes(6, members: 1).Outcome);
        Assert.Empty(_crowd.Evicted);

        Assert.Equal(new CycleResult(0, 0), Cycle(givesTurn: false));
        Assert.Equal(new CycleResult(1, 501), Cycle());
        Assert.Single(_crowd.EvictedIds);
        GangComes(6, members: 1, mayPreempt: false);
        Assert.Equal(new CycleResult(0, 0), Cycle());
    }

    [Fact]
    public void Whether_a_gang_takes_turns_is_in_the_journal()
    {
        foreach (var (mayPreempt, inTurn) in new[] { (false, false), (true, false), (true, true) })
        {
            var writer = new CommandWriter(new byte[64]);
            CommandCodec.Write(ref writer, new PlaceGangCommand { Gang = Tenants.Gang(1, 2), MayPreempt = mayPreempt, InTurn = inTurn }, 1);
            var read = (PlaceGangCommand)new CommandCodec().Read(writer.Written, out _);
            Assert.Equal((mayPreempt, inTurn), (read.MayPreempt, read.InTurn));
        }
    }

    private Reply GangComes(ulong id, int members, bool mayPreempt = true) => _crowd.Cluster.Do(new PlaceGangCommand
    {
        Gang = Crowd.Gang(id, members, 1, Provisioning.Reserved),
        Wait = true,
        MayPreempt = mayPreempt,
        InTurn = true,
    });

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
