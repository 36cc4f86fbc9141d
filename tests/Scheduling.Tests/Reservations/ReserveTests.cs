using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class ReserveTests
{
    private readonly TestCluster _cluster = Booked.Cluster(8);

    private long Tomorrow => _cluster.Now + Booked.Day;

    [Fact]
    public void An_admitted_reservation_has_its_nodes_and_is_in_the_calendar()
    {
        var reply = _cluster.Reserve(1, 2, Tomorrow, Tomorrow + Booked.Hour);
        Assert.Equal((Outcome.Done, true), (reply.Outcome, reply.Changed));
        Assert.Equal([0, 1], ((Reservation)reply.Detail!).Nodes.ToArray());
        _cluster.Reserve(2, 1, Tomorrow - Booked.Hour, Tomorrow);
        Assert.Equal([2UL, 1UL], _cluster.Snapshot().Reservations.ByStart().Select(r => r.Id));
        Assert.Equal([2UL, 1UL], _cluster.Snapshot().Reservations.OfNode(0).Select(r => r.Id));
    }

    [Fact]
    public void Nodes_that_are_free_or_will_be_are_taken_before_those_that_would_have_to_be_cleared()
    {
        _cluster.Run(1);
        _cluster.Run(2, seconds: 60);
        Assert.Equal([1, 2], ((Reservation)_cluster.Reserve(1, 2, Tomorrow, Tomorrow + Booked.Hour).Detail!).Nodes.ToArray());
    }

    [Fact]
    public void The_same_request_again_changes_nothing_even_when_its_start_has_passed()
    {
        var request = Booked.Request(1, 2, Tomorrow, Tomorrow + Booked.Hour);
        _cluster.Reserve(request);
        _cluster.Now = Tomorrow + 1;
        Assert.Equal((Outcome.Unchanged, false), (_cluster.Reserve(request).Outcome, _cluster.Reserve(request).Changed));
    }

    [Fact]
    public void Another_request_with_the_same_id_is_told_whose_it_is()
    {
        _cluster.Reserve(1, 2, Tomorrow, Tomorrow + Booked.Hour);
        var reply = _cluster.Reserve(1, 3, Tomorrow, Tomorrow + Booked.Hour);
        Assert.Equal((Outcome.AlreadyExists, false), (reply.Outcome, reply.Changed));
        Assert.Contains("reservation 1", (string)reply.Detail!);
    }

    [Fact]
    public void A_reservation_that_is_replaced_gives_its_nodes_to_the_new_one()
    {
        _cluster.Reserve(1, 6, Tomorrow, Tomorrow + Booked.Hour);
        var reply = Replace(1, 8, Tomorrow, Tomorrow + Booked.Hour);
        Assert.Equal((Outcome.Done, true), (reply.Outcome, reply.Changed));
        Assert.Equal(8, _cluster.Of(1).Nodes.Length);
        Assert.Single(_cluster.Snapshot().Reservations.Live);
        Assert.Empty(_cluster.Snapshot().Reservations.Over);
    }

    [Fact]
    public void A_replacement_that_is_refused_leaves_the_old_one_as_it_was()
    {
        _cluster.Reserve(1, 6, Tomorrow, Tomorrow + Booked.Hour);
        _cluster.Reserve(2, 2, Tomorrow, Tomorrow + Booked.Hour);
        var before = _cluster.Snapshot().ImageHash();
        var reply = Replace(1, 7, Tomorrow, Tomorrow + Booked.Hour);
        Assert.Equal((Outcome.Conflict, false), (reply.Outcome, reply.Changed));
        Assert.Equal(6, ((ReservationConflict)reply.Detail!).NodesThatFit);
        Assert.Equal(before, _cluster.Snapshot().ImageHash());
        Assert.Equal(Outcome.Conflict, _cluster.Reserve(3, 1, Tomorrow, Tomorrow + Booked.Hour).Outcome);
    }

    [Fact]
    public void A_reservation_that_has_begun_is_not_replaced()
    {
        _cluster.Reserve(1, 2, Tomorrow, Tomorrow + Booked.Hour);
        _cluster.Now = Tomorrow;
        var reply = Replace(1, 3, Tomorrow, Tomorrow + Booked.Hour);
        Assert.Equal((Outcome.Conflict, false), (reply.Outcome, reply.Changed));
        Assert.Contains("has begun", reply.Detail!.ToString());
    }

    [Fact]
    public void What_is_over_is_replaced_by_a_new_one()
    {
        _cluster.Reserve(1, 2, Tomorrow, Tomorrow + Booked.Hour);
        _cluster.Cancel(1);
        Assert.Equal(Outcome.Done, Replace(1, 3, Tomorrow, Tomorrow + Booked.Hour).Outcome);
        Assert.Equal((ReservationState.Scheduled, 3), (_cluster.Of(1).State, _cluster.Of(1).Nodes.Length));
        Assert.Empty(_cluster.Snapshot().Reservations.Over);
    }

    public static TheoryData<string, ReservationRequest> Wrong => new()
    {
        { "Id", Booked.Request(0, 1, 2_000_000, 3_000_000) },
        { "Name", Booked.Request(1, 1, 2_000_000, 3_000_000) with { Name = "" } },
        { "NodeCount", Booked.Request(1, 0, 2_000_000, 3_000_000) },
        { "NodeCount", Booked.Request(1, 9, 2_000_000, 3_000_000) },
        { "Start", Booked.Request(1, 1, 999_999, 3_000_000) },
        { "End", Booked.Request(1, 1, 2_000_000, 2_000_000) },
        { "End", Booked.Request(1, 1, 2_000_000, 1_000_001 + 90 * Booked.Day) },
        { "Topology", Booked.Request(1, 1, 2_000_000, 3_000_000, topology: (TopologyMode)3) },
        { "HighestTier", Booked.Request(1, 1, 2_000_000, 3_000_000, tier: 64) },
        { "Project", Booked.Request(1, 1, 2_000_000, 3_000_000, project: 1) },
        { "Group", Booked.Request(1, 1, 2_000_000, 3_000_000) with { Group = 1 } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_field_is_named_and_nothing_happens(string field, ReservationRequest request)
    {
        var reply = _cluster.Reserve(request);
        Assert.Contains(reply.Outcome, new[] { Outcome.Invalid, Outcome.NotFound });
        Assert.StartsWith(field + ":", (string)reply.Detail!);
        Assert.Empty(_cluster.Snapshot().Reservations.Live);
    }

    [Fact]
    public void A_conflict_says_how_many_nodes_would_fit_and_when_all_would()
    {
        _cluster.Reserve(1, 5, Tomorrow, Tomorrow + Booked.Hour);
        _cluster.Reserve(2, 3, Tomorrow, Tomorrow + 2 * Booked.Hour);
        _cluster.Cancel(2);
        _cluster.Reserve(3, 2, Tomorrow, Tomorrow + 3 * Booked.Hour);
        var reply = _cluster.Reserve(4, 4, Tomorrow + 1, Tomorrow + Booked.Hour);
        Assert.Equal(Outcome.Conflict, reply.Outcome);
        var conflict = (ReservationConflict)reply.Detail!;
        Assert.Equal((1, Tomorrow + Booked.Hour), (conflict.NodesThatFit, conflict.EarliestStart));
        Assert.StartsWith("NodeCount: ", conflict.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_conflict_says_how_far_other_starts_were_tried(int beyond)
    {
        // Each begins before the one before it ends, so that never more than four nodes are free, and then one is taken for good.
        var (count, last) = (Booking.MaxStarts + beyond, 0L);
        for (var at = 0; at < count; at++)
        {
            last = Tomorrow + at * 10 + 15;
            Assert.Equal(Outcome.Done, _cluster.Reserve((ulong)at + 1, 4, last - 15, last).Outcome);
        }
        Assert.Equal(Outcome.Done, _cluster.Reserve(9_999, 1, last, _cluster.Now + 90 * Booked.Day).Outcome);
        var conflict = (ReservationConflict)_cluster.Reserve(10_000, 8, Tomorrow, Tomorrow + 10).Detail!;
        Assert.Equal((4, 0L, beyond == 0 ? 0 : last - 10), (conflict.NodesThatFit, conflict.EarliestStart, conflict.TriedUntil));
        Assert.Contains(beyond == 0 ? "at no start within the horizon." : $"({last - 10}). Later ones were not tried.", conflict.ToString());
    }

    [Fact]
    public void Reservations_of_one_node_follow_each_other_without_a_gap()
    {
        Assert.Equal(Outcome.Done, _cluster.Reserve(1, 8, Tomorrow, Tomorrow + 1).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Reserve(2, 8, Tomorrow + 1, Tomorrow + 2).Outcome);
        Assert.Equal(Outcome.Conflict, _cluster.Reserve(3, 1, Tomorrow, Tomorrow + 2).Outcome);
    }

    [Fact]
    public void The_Reserved_quota_must_cover_all_reservations_of_the_project_at_every_instant()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(new Project("p", "w", false, [new Quota("a", 24_000, 0, -1)])));
        Assert.Equal(Outcome.Done, _cluster.Reserve(Booked.Request(1, 2, Tomorrow, Tomorrow + 10, project: 1)).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Reserve(Booked.Request(2, 1, Tomorrow + 5, Tomorrow + 20, project: 1)).Outcome);
        var conflict = (ReservationConflict)_cluster.Reserve(Booked.Request(3, 2, Tomorrow + 9, Tomorrow + 30, project: 1)).Detail!;
        Assert.StartsWith("Project: ", conflict.Reason);
        Assert.Equal((0, Tomorrow + 10), (conflict.NodesThatFit, conflict.EarliestStart));
        Assert.Equal(Outcome.Done, _cluster.Reserve(Booked.Request(3, 2, Tomorrow + 10, Tomorrow + 30, project: 1)).Outcome);
    }

    [Fact]
    public void A_hard_topology_keeps_the_block_in_one_domain()
    {
        _cluster.Reserve(1, 1, Tomorrow, Tomorrow + 10);
        Assert.Equal([4, 5, 6, 7], ((Reservation)_cluster.Reserve(Booked.Request(2, 4, Tomorrow, Tomorrow + 10, topology: TopologyMode.Hard, tier: 1)).Detail!).Nodes.ToArray());
        var conflict = (ReservationConflict)_cluster.Reserve(Booked.Request(3, 4, Tomorrow, Tomorrow + 10, topology: TopologyMode.Hard, tier: 1)).Detail!;
        Assert.Equal((3, Tomorrow + 10), (conflict.NodesThatFit, conflict.EarliestStart));
    }

    [Fact]
    public void A_cancelled_reservation_gives_its_nodes_back_and_is_remembered()
    {
        _cluster.Reserve(1, 8, Tomorrow, Tomorrow + 10);
        Assert.Equal(Outcome.NoFit, _cluster.Run(1).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Cancel(1).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Run(1).Outcome);
        Assert.Equal(ReservationState.Cancelled, _cluster.Of(1).State);
        Assert.Equal(Outcome.Unchanged, _cluster.Cancel(1).Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Cancel(2).Outcome);
    }

    [Fact]
    public void The_oldest_that_are_over_are_forgotten()
    {
        for (var id = 1UL; id <= ReservationBook.MaxOver + 1; id++)
        {
            _cluster.Reserve(id, 1, Tomorrow, Tomorrow + 10);
            _cluster.Cancel(id);
        }
        Assert.Null(_cluster.Of(1));
        Assert.NotNull(_cluster.Of(2));
        Assert.Equal(ReservationBook.MaxOver, _cluster.Snapshot().Reservations.Over.Count);
    }

    private Reply Replace(ulong id, int nodes, long start, long end)
        => _cluster.Do(new ReserveCommand { Request = Booked.Request(id, nodes, start, end), Actor = "test", Replace = true });
}
