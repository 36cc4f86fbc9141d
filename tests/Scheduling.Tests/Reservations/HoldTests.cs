using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class HoldTests
{
    private readonly TestCluster _cluster = Booked.Cluster(4);

    [Fact]
    public void The_first_job_that_does_not_fit_gets_nodes_that_wait_with_it()
    {
        Fill(seconds: 1_000);
        _cluster.PlaceGang(Booked.Gang(1, 3), wait: true);
        _cluster.Schedule();
        Assert.Empty(_cluster.State.Reservations.Holds);
        Wait();
        Assert.True(_cluster.Schedule().Changed);
        var hold = Assert.Single(_cluster.State.Reservations.Holds);
        Assert.Equal((1UL, true, 2_000_000L), (hold.Job, hold.Known, hold.Start));
        Assert.Equal(3, hold.Nodes.Length);
        Assert.False(_cluster.Schedule().Changed);
    }

    [Fact]
    public void Later_jobs_get_the_nodes_only_for_the_time_until_the_start()
    {
        Fill(seconds: 1_000);
        _cluster.PlaceGang(Booked.Gang(1, 4), wait: true);
        Wait();
        _cluster.Schedule();
        _cluster.Release(1);
        Assert.Equal(Outcome.NoFit, _cluster.Run(9).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Run(9, seconds: 701).Outcome);
        Assert.Equal(Outcome.Done, _cluster.Run(9, seconds: 700).Outcome);
    }

    [Fact]
    public void The_job_starts_on_them_as_soon_as_it_fits_and_the_hold_goes()
    {
        Fill(seconds: 1_000);
        _cluster.PlaceGang(Booked.Gang(1, 4), wait: true);
        Wait();
        _cluster.Schedule();
        for (var id = 1UL; id <= 4; id++)
            _cluster.Release(id);
        Assert.Equal(1, _cluster.Schedule().Placed());
        Assert.Empty(_cluster.State.Reservations.Holds);
        Assert.Equal(4, _cluster.State.Workloads.Count);
    }

    [Fact]
    public void Nodes_do_not_wait_with_a_gang_that_a_member_which_is_elsewhere_keeps_from_starting()
    {
        Fill(seconds: 0);
        _cluster.AddNode("other", gpus: 1);
        _cluster.PlaceGang(Booked.Gang(1, 4), wait: true);
        Wait();
        _cluster.Schedule();
        Assert.Single(_cluster.State.Reservations.Holds);
        _cluster.Bind(1000, "other");
        for (var id = 1UL; id <= 4; id++)
            _cluster.Release(id);
        _cluster.Now += Booked.Hour;
        _cluster.Schedule();
        Assert.Empty(_cluster.State.Reservations.Holds);
        Assert.Equal(Outcome.Done, _cluster.Run(9).Outcome);
    }

    [Fact]
    public void A_single_workload_holds_its_node_too()
    {
        Fill(seconds: 0, gpus: 5);
        _cluster.Run(9, gpus: 8, wait: true);
        Wait();
        _cluster.Schedule();
        var node = Assert.Single(Assert.Single(_cluster.State.Reservations.Holds).Nodes);
        Assert.Equal(Outcome.NoFit, PlaceOn(node));
        _cluster.Release((ulong)node + 1);
        _cluster.Schedule();
        Assert.True(_cluster.State.Workloads.TryFind(9, out var slot));
        Assert.Equal(node, _cluster.State.Workloads[slot].Node);

        Outcome PlaceOn(int wanted)
        {
            for (var id = 10UL; ; id++)
            {
                var reply = _cluster.Run(id, gpus: 3);
                if (reply.Outcome != Outcome.Done)
                    return reply.Outcome;
                Assert.NotEqual(wanted, reply.Node);
            }
        }
    }

    [Fact]
    public void A_job_of_its_class_that_came_earlier_does_not_keep_it_from_its_nodes()
    {
        Fill(seconds: 0);
        var (any, other) = (Selections.Of(1, 0, 1, 2, 3), Selections.Of(2, 9));
        _cluster.Wait(90, other);
        _cluster.Now += 1;
        _cluster.Wait(91, any);
        Wait();
        _cluster.Schedule();
        var hold = Assert.Single(_cluster.State.Reservations.Holds);
        Assert.Equal(91UL, hold.Job);
        _cluster.Wait(90, any);
        _cluster.Release((ulong)hold.Nodes[0] + 1);
        Assert.Equal(1, _cluster.Schedule().Placed());
        Assert.True(_cluster.State.Workloads.TryFind(91, out _));
        Assert.Empty(_cluster.State.Reservations.Holds);
    }

    [Fact]
    public void Its_class_is_placed_in_order_all_the_same()
    {
        Fill(seconds: 0);
        for (var id = 90UL; id < 94; id++)
            _cluster.Run(id, wait: true);
        Wait();
        _cluster.Schedule();
        var held = Assert.Single(Assert.Single(_cluster.State.Reservations.Holds).Nodes);
        for (var node = 0; node < 4; node++)
        {
            if (node != held)
                _cluster.Release((ulong)node + 1);
        }
        Assert.Equal(3, _cluster.Schedule().Placed());
        Assert.Equal(new[] { true, true, true, false }, Enumerable.Range(90, 4).Select(id => _cluster.State.Workloads.TryFind((ulong)id, out _)));
    }

    [Fact]
    public void A_job_that_leaves_the_queue_gives_its_nodes_back()
    {
        Fill(seconds: 1_000);
        _cluster.PlaceGang(Booked.Gang(1, 4), wait: true);
        Wait();
        _cluster.Schedule();
        _cluster.Do(new ReleaseGangCommand { Gang = 1 });
        Assert.True(_cluster.Schedule().Changed);
        Assert.Empty(_cluster.State.Reservations.Holds);
    }

    [Fact]
    public void A_job_that_can_never_start_holds_nothing_and_lets_the_next_one_hold()
    {
        Fill(seconds: 1_000);
        _cluster.PlaceGang(Booked.Gang(1, 5), wait: true);
        _cluster.PlaceGang(Booked.Gang(2, 4), wait: true);
        Wait();
        _cluster.Schedule();
        Assert.Equal(2UL, Assert.Single(_cluster.State.Reservations.Holds).Job);
    }

    [Fact]
    public void A_hold_whose_node_is_lost_is_made_anew()
    {
        Fill(seconds: 1_000);
        _cluster.PlaceGang(Booked.Gang(1, 3), wait: true);
        Wait();
        _cluster.Schedule();
        _cluster.Remove(Booked.NodeName(0));
        _cluster.Now += 10_000;
        _cluster.Schedule();
        Assert.Equal([1, 2, 3], Assert.Single(_cluster.State.Reservations.Holds).Nodes.ToArray());
    }

    [Fact]
    public void A_large_job_starts_although_small_ones_keep_coming()
    {
        var running = new Queue<ulong>();
        var id = 10UL;
        for (; id < 42; id++)
        {
            _cluster.Run(id, gpus: 1);
            running.Enqueue(id);
        }
        _cluster.PlaceGang(Booked.Gang(1, 2), wait: true);
        for (var step = 0; step < 80; step++, id++)
        {
            _cluster.Now += 10_000;
            if (running.TryDequeue(out var over))
                _cluster.Release(over);
            if (_cluster.Run(id, gpus: 1).Outcome == Outcome.Done)
                running.Enqueue(id);
            _cluster.Schedule();
        }
        Assert.True(_cluster.State.Workloads.TryFind(1000, out _));
    }

    private void Fill(int seconds, int gpus = 8)
    {
        for (var id = 1UL; id <= 4; id++)
        {
            _cluster.Run(id, gpus, seconds);
            _cluster.Confirm(id);
        }
    }

    private void Wait() => _cluster.Now += 300 * Booked.Second;
}
