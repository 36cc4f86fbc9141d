using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class DrainTests
{
    private readonly TestCluster _cluster = Booked.Cluster(4);

    private readonly long _start;

    public DrainTests() => _start = _cluster.Now + 2_000 * Booked.Second;

    [Fact]
    public void Before_the_start_those_that_will_not_end_by_themselves_are_told_to_go_once()
    {
        _cluster.Run(1);
        _cluster.Run(2, seconds: 2_000);
        _cluster.Run(3, seconds: 2_001);
        _cluster.Confirm(1);
        _cluster.Confirm(2);
        _cluster.Confirm(3);
        _cluster.Reserve(1, 4, _start, _start + Booked.Hour);
        SweepAt(_start - 901 * Booked.Second);
        Assert.Empty(Evicted());
        Assert.Equal(ReservationState.Scheduled, _cluster.Of(1).State);
        SweepAt(_start - 900 * Booked.Second);
        Assert.Equal([1UL, 3UL], Evicted());
        Assert.Equal(ReservationState.Draining, _cluster.Of(1).State);
        SweepAt(_start - 1);
        Assert.Equal([1UL, 3UL], Evicted());
        Assert.Equal(3, _cluster.State.Workloads.Count);
    }

    [Fact]
    public void At_the_start_nobody_else_is_left_on_the_block_however_late_the_sweep_is()
    {
        _cluster.Run(1);
        _cluster.Run(2, seconds: 100);
        _cluster.Confirm(1);
        _cluster.Confirm(2);
        _cluster.Reserve(1, 4, _start, _start + Booked.Hour);
        SweepAt(_start + 5);
        Assert.Equal([1UL, 2UL], Evicted());
        Assert.Equal(ReservationState.Active, _cluster.Of(1).State);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Booked.Gang(1, 4, reservation: 1)).Outcome);
    }

    [Fact]
    public void What_the_cluster_still_runs_there_is_told_again()
    {
        _cluster.Run(1);
        _cluster.Confirm(1);
        _cluster.Reserve(1, 4, _start, _start + Booked.Hour);
        SweepAt(_start - 1);
        SweepAt(_start);
        SweepAt(_start + 59_999);
        Assert.Equal([1UL, 1UL], Evicted());
        SweepAt(_start + 60_000);
        Assert.Equal([1UL, 1UL, 1UL], Evicted());
    }

    [Fact]
    public void A_gang_that_loses_members_that_it_needs_goes_as_a_whole()
    {
        _cluster.PlaceGang(Booked.Gang(1, 4));
        for (var member = 1000UL; member < 1004; member++)
            _cluster.Confirm(member);
        _cluster.Reserve(1, 1, _start, _start + Booked.Hour);
        SweepAt(_start);
        Assert.Equal(0, _cluster.State.Workloads.Count);
        Assert.Equal(
            [EvictionReason.ReservationStarts, EvictionReason.GangBroken, EvictionReason.GangBroken, EvictionReason.GangBroken],
            _cluster.Effects.All().OfType<Effect.Evict>().Where(e => e.Node >= 0).TakeLast(4).Select(e => e.Reason));
    }

    [Fact]
    public void At_the_end_the_block_is_lifted_and_its_workloads_go_on()
    {
        _cluster.Reserve(1, 4, _start, _start + Booked.Hour);
        SweepAt(_start);
        _cluster.Run(1, reservation: 1);
        _cluster.Confirm(1);
        SweepAt(_start + Booked.Hour);
        Assert.Equal(ReservationState.Ended, _cluster.Of(1).State);
        Assert.Empty(Evicted());
        Assert.Equal(1, _cluster.State.Workloads.Count);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Booked.Gang(2, 3)).Outcome);
    }

    [Fact]
    public void Blocks_that_cannot_be_mended_keep_no_other_from_it_however_many_they_are()
    {
        const int Lost = 100;
        for (var node = 0; node < Lost; node++)
            _cluster.AddNode($"other-{node}", group: "b");
        for (var node = 0; node < Lost; node++)
            Assert.Equal(Outcome.Done, _cluster.Reserve(Booked.Request(100 + (ulong)node, 1, _start, _start + Booked.Hour) with { Group = 1 }).Outcome);
        _cluster.Reserve(1, 3, _start + 1, _start + Booked.Hour);
        for (var node = 0; node < Lost; node++)
            _cluster.Quarantine(node + 4, 1);
        _cluster.Quarantine(0, 1);
        for (var second = 1; second <= 60; second++)
            SweepAt(_start + second * Booked.Second);
        Assert.Equal([1, 2, 3], _cluster.Of(1).Nodes.ToArray());
    }

    [Fact]
    public void A_node_that_falls_ill_is_replaced_and_its_replacement_drained()
    {
        _cluster.Reserve(1, 2, _start, _start + Booked.Hour);
        _cluster.Run(1);
        _cluster.Run(2);
        _cluster.Confirm(1);
        _cluster.Confirm(2);
        SweepAt(_start - 1);
        _cluster.Quarantine(0, run: 7);
        _cluster.Sweep();
        Assert.Equal([1, 2], _cluster.Of(1).Nodes.ToArray());
        Assert.Equal([1UL], Evicted());
        Assert.Equal(0, _cluster.Of(1).Short);
    }

    [Fact]
    public void A_block_that_cannot_be_made_whole_says_how_many_nodes_are_wanting()
    {
        _cluster.Reserve(1, 4, _start, _start + Booked.Hour);
        _cluster.Quarantine(0, run: 7);
        _cluster.Remove(Booked.NodeName(1));
        _cluster.Sweep();
        Assert.Equal(2, _cluster.Of(1).Short);
        Assert.Equal([0, 2, 3], _cluster.Of(1).Nodes.ToArray());
        Assert.False(_cluster.Sweep().Changed);
        _cluster.Quarantine(0, run: 0);
        _cluster.AddNode("new");
        _cluster.Sweep();
        Assert.Equal([0, 1, 2, 3], _cluster.Of(1).Nodes.ToArray());
        Assert.Equal(0, _cluster.Of(1).Short);
    }

    private void SweepAt(long now)
    {
        _cluster.Now = now;
        _cluster.Sweep();
    }

    private ulong[] Evicted() => [.. _cluster.Effects.All().OfType<Effect.Evict>().Select(e => e.Workload).Order()];
}
