using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Between the word to go and the going.</summary>
public class DepartureTests
{
    private readonly Crowd _crowd = new();

    private IEnumerable<Effect.Placed> Placed => Of<Effect.Placed>();

    private IEnumerable<Effect.Nominated> Nominated => Of<Effect.Nominated>();

    [Fact]
    public void A_nominee_from_the_queue_is_placed_when_the_last_victim_has_left()
    {
        Full(2);
        Queue();
        Assert.Equal(["n0"], Nominated.Select(effect => effect.NodeName));
        Assert.Empty(Placed);

        Gone(1);
        Assert.Empty(Placed);
        Gone(2);
        Assert.Equal([("n0", Crowd.Newcomer, 0xffu)], Placed.Select(effect => (effect.NodeName, effect.Workload, effect.Gpus)));
        Assert.Empty(_crowd.Cluster.Snapshot().Departing);
    }

    [Fact]
    public void Who_asks_again_is_told_that_others_have_yet_to_leave_until_they_have()
    {
        Full(1);
        Assert.Equal(["test/w1"], Crowd.EvictionsOf(_crowd.Comes(8)).Victims.Select(victim => victim.Name));
        var repeated = _crowd.Comes(8);
        Assert.Equal(Outcome.Unchanged, repeated.Outcome);
        Assert.Empty(Assert.IsType<Nomination>(repeated.Detail).Evictions.Victims);
        Gone(1);
        Assert.Equal("n0", _crowd.Comes(8).Detail);
    }

    [Fact]
    public void The_place_is_kept_for_as_long_as_others_leave_and_then_as_long_as_any()
    {
        Full(1);
        _crowd.Comes(8);
        for (var minute = 0; minute < 20; minute++)
        {
            _crowd.Pass(60);
            Sweep();
        }
        Assert.Empty(Of<Effect.AssumptionExpired>());
        Gone(1);
        _crowd.Pass(299);
        Sweep();
        Assert.Empty(Of<Effect.AssumptionExpired>());
        _crowd.Pass(1);
        Sweep();
        Assert.Equal([Crowd.Newcomer], Of<Effect.AssumptionExpired>().Select(effect => effect.Workload));
    }

    [Fact]
    public void Who_does_not_go_is_told_again_every_minute_and_has_its_place_back_after_half_an_hour()
    {
        Full(1);
        _crowd.Comes(8);
        _crowd.Pass(59);
        Sweep();
        Assert.Single(_crowd.Evicted);
        _crowd.Pass(1);
        Sweep();
        Assert.Equal(2, _crowd.Evicted.Count());
        Assert.Single(_crowd.Evicted.Distinct());

        _crowd.Pass(1_740);
        Sweep();
        Assert.Equal([Crowd.Newcomer], Of<Effect.AssumptionExpired>().Select(effect => effect.Workload));
        Assert.Equal([(1UL, 0xffu)], Running());
        Assert.Empty(_crowd.Cluster.Snapshot().Departing);
    }

    [Fact]
    public void Who_has_not_gone_when_the_model_is_full_is_told_again_until_there_is_room_for_it()
    {
        Full(1);
        _crowd.Comes(8);
        _crowd.Cluster.State.Workloads.Most = 1;
        _crowd.Pass(1_800);
        Sweep();
        Assert.Equal(2, _crowd.Evicted.Count());
        Assert.Equal([1UL], _crowd.Cluster.Snapshot().Departing);
        _crowd.Cluster.State.Workloads.Most = 2;
        _crowd.Pass(60);
        Sweep();
        Assert.Equal([(1UL, 0xffu)], Running());
    }

    [Fact]
    public void A_bind_that_the_full_model_turns_away_leaves_everything_as_it_is()
    {
        Full(1);
        _crowd.Comes(8);
        _crowd.Cluster.AddNode("n2", 8);
        _crowd.Cluster.State.Workloads.Most = 1;
        var before = _crowd.Cluster.Snapshot().ImageHash();
        var reply = Bind(1, "n2");
        Assert.Equal((Outcome.NoFit, false), (reply.Outcome, reply.Changed));
        Assert.Equal(before, _crowd.Cluster.Snapshot().ImageHash());
        Assert.Empty(Placed);
    }

    [Fact]
    public void That_the_cluster_still_runs_it_changes_nothing_and_that_it_runs_it_elsewhere_ends_the_wait()
    {
        Full(1);
        _crowd.Comes(8);
        var before = _crowd.Cluster.Snapshot().ImageHash();
        Assert.Equal(Outcome.Unchanged, Bind(1, "n0").Outcome);
        Assert.Equal(before, _crowd.Cluster.Snapshot().ImageHash());

        _crowd.Cluster.AddNode("n2", 8);
        Assert.Equal(Outcome.Done, Bind(1, "n2").Outcome);
        Assert.Empty(_crowd.Cluster.Snapshot().Departing);
        Assert.Equal([Crowd.Newcomer], Placed.Select(effect => effect.Workload));
    }

    [Fact]
    public void It_is_not_placed_anew_before_it_has_gone()
    {
        Full(1);
        _crowd.Comes(8);
        Assert.Equal(Outcome.AlreadyExists, _crowd.Comes(8, id: 1).Outcome);
        var gang = Crowd.Gang(9, 1, 8, Provisioning.Reserved);
        var again = gang with { Roles = [gang.Roles[0] with { Members = [1] }] };
        Assert.Equal(Outcome.Conflict, _crowd.Cluster.Do(new PlaceGangCommand { Gang = again }).Outcome);
        Gone(1);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(8, Provisioning.Spot, id: 1).Outcome);
    }

    [Fact]
    public void A_gang_starts_when_all_its_places_are_free()
    {
        Full(1, "n0");
        Full(2, "n1", first: 2);
        _crowd.Cluster.AddNode("n2", 8);
        Assert.True(((GangPlacement)_crowd.GangComes(3, 8, id: 7).Detail!).Nominated);
        Gone(1);
        Gone(2);
        Assert.Empty(Placed);
        Gone(3);
        Assert.Equal([701UL, 702UL, 703UL], Placed.Select(effect => effect.Workload).Order());
        Assert.False(((GangPlacement)_crowd.GangComes(3, 8, id: 7).Detail!).Nominated);
    }

    [Theory]
    [InlineData("is released")]
    [InlineData("loses its node")]
    [InlineData("is bound elsewhere")]
    [InlineData("is bound before it may be")]
    [InlineData("yields to another")]
    [InlineData("yields to the victim, which stays")]
    public void The_other_members_of_a_gang_start_when_the_last_one_that_waits(string does)
    {
        Full(1, "n0");
        Full(1, "n1", first: 2);
        _crowd.GangComes(3, 8, min: 2, id: 7);
        _crowd.Cluster.AddNode("n2", 8);
        Assert.Equal(3, ((GangPlacement)_crowd.GangComes(3, 8, min: 2, id: 7).Detail!).Seats.Length);
        _crowd.Cluster.AddNode("n3", 8);
        Gone(1);
        Assert.Empty(Placed);
        var last = _crowd.Cluster.Snapshot().WorkloadsOf(_crowd.Cluster.Node("n1")).Single();

        switch (does)
        {
            case "is released":
                Gone(last.Id);
                break;
            case "loses its node":
                _crowd.Cluster.Remove("n1");
                break;
            case "is bound elsewhere":
                Bind(last.Id, "n3");
                break;
            case "is bound before it may be":
                _crowd.Cluster.Do(new ConfirmCommand { Workload = last.Id });
                break;
            case "yields to another":
                Bind(50, "n1");
                break;
            default:
                _crowd.Pass(1_800);
                Sweep();
                break;
        }

        Assert.Equal(["n0", "n2"], Placed.Select(effect => effect.NodeName).Order());
    }

    /// <summary>A restored state does not know which of them came first.</summary>
    [Fact]
    public void Places_that_end_together_end_the_same_in_a_restored_state_though_one_gang_tells_a_member_to_go()
    {
        var cluster = new TestCluster();
        cluster.AddNode("n");
        cluster.Bind(900, "n");
        cluster.PlaceGang(Tenants.Gang(1, 2, gpus: 1));
        cluster.Release(900);
        cluster.PlaceGang(Tenants.Gang(2, 1, gpus: 1));
        cluster.Confirm(1000);
        cluster.Now += 300_000;
        var restored = cluster.Fork();
        foreach (var swept in new[] { cluster, restored })
        {
            swept.Sweep();
            Assert.Equal((0, true), (swept.Snapshot().WorkloadCount, swept.State.Departures.Has(1000)));
        }
        Assert.Equal(cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
    }

    [Fact]
    public void Who_has_its_place_back_is_not_charged_to_its_budget_any_more()
    {
        _crowd.Nodes(1);
        var budget = _crowd.Budget("test/pdb", 1);
        _crowd.Runs(1, "n0", 0xff, budget: budget);
        _crowd.Comes(8);
        Assert.Equal(0, _crowd.Cluster.State.Budgets.Left(budget));
        _crowd.Pass(1_800);
        Sweep();
        Assert.Equal([(1UL, 0xffu)], Running());
        Assert.Equal(1, _crowd.Cluster.State.Budgets.Left(budget));
    }

    [Fact]
    public void Others_that_come_to_the_place_of_a_nominee_that_is_no_more_wait_too()
    {
        Full(1);
        _crowd.Comes(8);
        _crowd.Cluster.Release(Crowd.Newcomer);
        Assert.IsType<Nomination>(_crowd.Comes(8, Provisioning.Spot, id: 3_000).Detail);
        _crowd.Pass(60);
        Sweep();
        Assert.Empty(Of<Effect.AssumptionExpired>());
        Gone(1);
        Assert.Equal([3_000UL], Placed.Select(effect => effect.Workload));
    }

    [Fact]
    public void A_node_that_goes_takes_the_wait_with_it()
    {
        Full(1);
        _crowd.Comes(8);
        _crowd.Cluster.Do(new RemoveNodeCommand { Name = "n0" });
        Assert.Empty(_crowd.Cluster.Snapshot().Departing);
        Assert.Equal(Outcome.NotFound, _crowd.Cluster.Do(new ReleaseCommand { Workload = 1 }).Outcome);
    }

    [Fact]
    public void Restored_from_a_checkpoint_it_goes_on_alike()
    {
        Full(2);
        Queue();
        Gone(1);
        var image = _crowd.Cluster.Snapshot();
        var restored = ClusterState.Restore(image.Parts().Image());
        Assert.Equal(image.ImageHash(), restored.Publish(image.Sequence, image.At).ImageHash());
        var effects = new EffectBuffer();
        Engine.Step(restored, new ReleaseCommand { Workload = 2 }, _crowd.Cluster.Now, effects);
        Assert.Equal(Crowd.Newcomer, Assert.IsType<Effect.Placed>(effects[0]).Workload);
    }

    [Fact]
    public void What_the_cluster_gave_without_saying_which_GPUs_counts_on_the_least_used_and_stays_there()
    {
        _crowd.Nodes(1);
        _crowd.Runs(1, "n0", 0b0000_0101);
        Assert.Equal(0b0001_1010u, Bind(2, "n0", mask: 0, count: 3).GpuMask);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Release(1).Outcome);
        Assert.Equal((Outcome.Unchanged, 0b0001_1010u), (Bind(2, "n0", mask: 0, count: 3).Outcome, Bind(2, "n0", mask: 0, count: 3).GpuMask));
    }

    [Fact]
    public void What_the_cluster_has_placed_itself_ends_the_assumptions_that_it_leaves_no_room_for()
    {
        _crowd.Nodes(1);
        Assert.Equal(0b0000_1111u, _crowd.Comes(4).GpuMask);
        Bind(1, "n0", mask: 0, count: 4);
        Assert.Empty(Of<Effect.AssumptionExpired>());
        Bind(2, "n0", mask: 0, count: 1);
        Assert.Equal([Crowd.Newcomer], Of<Effect.AssumptionExpired>().Select(effect => effect.Workload));
        Assert.Equal(5, Running().Sum(workload => System.Numerics.BitOperations.PopCount(workload.Item2)));
    }

    /// <summary>A node whose GPUs are shared out among so many workloads.</summary>
    private void Full(int workloads, string node = "n0", int first = 1)
    {
        _crowd.Cluster.AddNode(node, 8);
        var each = 8 / workloads;
        for (var at = 0; at < workloads; at++)
            _crowd.Runs((ulong)(first + at), node, ((1u << each) - 1) << (at * each));
    }

    /// <summary>The newcomer waits behind another that does not fit at all, and so is placed by a cycle.</summary>
    private void Queue()
    {
        Assert.Equal(Outcome.Queued, _crowd.Comes(16, id: 4_000, wait: true).Outcome);
        Assert.Equal(Outcome.Queued, _crowd.Comes(8, wait: true).Outcome);
        _crowd.Cluster.Do(new ScheduleCommand());
    }

    private void Gone(ulong id) => Assert.Equal(Outcome.Done, _crowd.Cluster.Release(id).Outcome);

    private void Sweep() => _crowd.Cluster.Sweep();

    private Reply Bind(ulong id, string node, uint mask = 0xff, int count = 0)
        => _crowd.Cluster.Do(new BindCommand { Workload = id, Name = $"test/w{id}", Node = node, GpuMask = mask, GpuCount = count, GpuMilli = 1000 });

    private IEnumerable<(ulong, uint)> Running() => _crowd.Cluster.Snapshot().Workloads().Select(workload => (workload.Id, workload.GpuMask));

    private IEnumerable<T> Of<T>()
        where T : Effect
        => _crowd.Cluster.Effects.All().OfType<T>();
}
