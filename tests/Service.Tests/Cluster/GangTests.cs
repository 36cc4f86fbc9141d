using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class GangTests
{
    [Fact]
    public async Task Members_are_gathered_until_enough_are_there()
    {
        var cluster = new FakeCluster().WithNodes("a", "b").With(Member(1), FakeCluster.Workload(9));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("bind 9");
        Assert.Equal((0, 0), (cluster.CountOf("bind 1"), world.Snapshot.PendingCount));

        cluster.With(Member(2));
        cluster.Emit(new ClusterEvent.WorkloadPending(Member(2)));
        await world.UntilAsync(snapshot => snapshot.Workloads().Count(workload => !workload.Assumed) == 3);
    }

    [Fact]
    public async Task A_gang_waits_as_one_and_is_placed_as_one()
    {
        var cluster = new FakeCluster().WithNodes("a", "b").With(FakeCluster.Workload(5, 8, "a", 0xFF), Member(1, 8), Member(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        Assert.Equal(0, cluster.CountOf("bind 1") + cluster.CountOf("bind 2"));

        cluster.Workloads.Remove(5);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(5));
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false } && world.Find(2) is { Assumed: false });
        await world.PassEndsAsync();
        Assert.Equal(0, world.Snapshot.PendingCount);
        Assert.Equal(0, world.Binder.Pending);
    }

    [Fact]
    public async Task A_gang_that_lost_a_member_leaves_the_queue_until_another_comes()
    {
        var cluster = new FakeCluster().WithNodes("a").With(Member(1, 8), Member(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await world.UntilAsync(snapshot => snapshot.PendingCount == 0);
        Assert.Equal(1, world.Binder.Pending);

        cluster.With(Member(3, 8));
        cluster.Emit(new ClusterEvent.WorkloadPending(Member(3, 8)));
        await world.UntilAsync(snapshot => snapshot.Pending().SingleOrDefault()?.Gang?.Roles[0].Members is [2, 3]);
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b")));
        await world.UntilAsync(_ => world.Find(2) is { Assumed: false } && world.Find(3) is { Assumed: false });
    }

    [Fact]
    public void A_gang_whose_members_are_all_replaced_while_it_is_asked_for_stays_one()
    {
        var (state, effects, book) = (new ClusterState(), new EffectBuffer(), new PendingBook((_, _) => { }));
        Step(ClusterDiff.UpsertOf(FakeCluster.Node("a")));
        Add(1, 2);
        var question = Assert.Single(book.Questions(state.Publish(0, 1), out _));
        var reply = Step(question.Command);
        Assert.Equal(Outcome.Queued, reply.Outcome);
        Remove(1, 2);
        Add(3, 4);
        book.Answer(question, reply);
        Ask();

        // One more comes in the place of another.
        Remove(3);
        Add(5);
        Ask();
        Assert.Equal([4UL, 5UL], state.Publish(0, 1).Pending().Single().Gang!.Roles.SelectMany(role => role.Members));

        void Add(params ulong[] members) => Array.ForEach(members, id => book.Add(Member(id, 8)));
        void Remove(params ulong[] members)
        {
            foreach (var id in members)
            {
                book.Remove(id);
                Step(new ReleaseCommand { Workload = id });
            }
        }

        void Ask()
        {
            foreach (var next in book.Questions(state.Publish(0, 1), out _))
                book.Answer(next, Step(next.Command));
        }

        Reply Step(Command command)
        {
            effects.Clear();
            return Engine.Step(state, command, 1, effects);
        }
    }

    [Fact]
    public async Task A_member_that_is_replaced_joins_those_that_run()
    {
        var cluster = new FakeCluster().WithNodes("a", "b").With(Member(1, 8) with { Node = "a", GpuMask = 0xFF }, Member(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(2) is { Assumed: false });

        Assert.Equal("b", world.NodeOf(2));
        Assert.Equal(8000, world.UsedMilli("a"));
    }

    [Fact]
    public async Task A_member_that_waits_to_join_those_that_run_does_so_under_the_project_that_a_policy_names_meanwhile()
    {
        var cluster = new FakeCluster().WithNodes("a").With(Member(1, 4), Member(2, 4));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.Workloads().Count(workload => !workload.Assumed) == 2);
        cluster.With(Member(3, 4));
        cluster.Emit(new ClusterEvent.WorkloadPending(Member(3, 4)));
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);

        var project = new Project("team", "w", false, [new Quota("*", 0, -1, -1)]);
        await world.Loop.SubmitAsync(new SetSchedulingPolicyCommand { Policy = new SchedulingPolicy { Projects = [project] } });
        await world.UntilAsync(snapshot => snapshot.Workloads().All(workload => workload.Traits.Project == 1) && snapshot.Pending().All(job => job.Traits.Project == 1) && snapshot.PendingCount == 1);
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b")));
        await world.UntilAsync(_ => world.Find(3) is { Assumed: false });
    }

    [Fact]
    public async Task Members_beyond_the_fewest_wait_and_join_when_there_is_room()
    {
        var cluster = new FakeCluster().WithNodes("a", "b").With(Member(1, 8), Member(2, 8), Member(3, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.Workloads().Count(workload => !workload.Assumed) == 2 && snapshot.PendingCount == 1);
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("c")));

        await world.UntilAsync(snapshot => snapshot.Workloads().Count(workload => !workload.Assumed) == 3);
        Assert.Equal(0, world.Snapshot.PendingCount);
    }

    [Fact]
    public async Task A_hard_gang_stays_under_one_leaf()
    {
        var cluster = new FakeCluster { Domains = [new("l1", 0, ["a", "b"], []), new("l2", 0, ["c", "d"], []), new("s", 1, [], ["l1", "l2"])] };
        cluster.WithNodes("a", "b", "c", "d").With(FakeCluster.Workload(9, 8, "a", 0xFF), Hard(1), Hard(2));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false } && world.Find(2) is { Assumed: false });

        Assert.Equal(["c", "d"], new[] { world.NodeOf(1), world.NodeOf(2) }.Order());

        static ClusterWorkload Hard(ulong id) => Member(id, 8) with { Labels = new() { Gang = new("g", 2, GangTopology.Hard, 0) } };
    }

    [Fact]
    public async Task Members_that_keep_each_other_off_share_no_node_with_those_that_they_mean()
    {
        var (worker, launcher) = (new FakeFilter(5, null) { KeepsOff = ["w"], KeptOffBy = ["w", "l"] }, new FakeFilter(6, null) { KeepsOff = ["l"] });
        var cluster = new FakeCluster().WithNodes("a", "b").With(
            Member(1) with { Nodes = worker }, Member(2) with { Nodes = worker }, Member(3) with { Nodes = launcher }, Member(4), Member(5));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(4) is { Assumed: false } && world.Find(5) is { Assumed: false });
        await world.PassEndsAsync();
        // Two of the three have a node, which is as many as the gang needs.
        var apart = new ulong[] { 1, 2, 3 }.Select(world.Find).OfType<Pipeline.Scheduling.Snapshots.WorkloadView>().ToList();
        Assert.Equal((2, 2), (apart.Count, apart.Select(placed => placed.Node).Distinct().Count()));

        // Who counts somewhere is the filters' business.
        worker.Admit("c");
        launcher.Admit("c");
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("c")));
        await world.UntilAsync(_ => new ulong[] { 1, 2, 3 }.All(id => world.Find(id) is { Assumed: false }));
        Assert.Equal(3, new ulong[] { 1, 2, 3 }.Select(id => world.Find(id)!.Value.Node).Distinct().Count());
    }

    [Fact]
    public async Task No_member_starts_when_one_may_not_be_where_it_is_to_go_and_all_are_placed_anew()
    {
        var vain = 2;
        var cluster = new FakeCluster { Claiming = _ => vain-- <= 0 }.WithNodes("a", "b").With(Member(1, 8), Member(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false } && world.Find(2) is { Assumed: false });

        Assert.Equal(2, cluster.CountOf("claim 1,2 False"));
        var calls = cluster.Calls.ToList();
        Assert.True(calls.FindIndex(call => call.StartsWith("bind", StringComparison.Ordinal)) > calls.IndexOf("claim 1,2 True"));
        await world.PassEndsAsync();
        Assert.Equal((8_000, 8_000, 0), (world.UsedMilli("a"), world.UsedMilli("b"), world.Binder.Pending));
    }

    [Fact]
    public async Task Nobody_is_nominated_of_a_gang_of_which_one_may_not_be_where_it_is_to_go()
    {
        var spot = new WorkloadLabels { Provisioning = Pipeline.Contracts.V1.Provisioning.Spot };
        var vain = 1;
        var cluster = new FakeCluster { Evicting = _ => EvictionOutcome.Accepted, Claiming = _ => vain-- <= 0 }.WithNodes("a", "b").With(
            FakeCluster.Workload(21, 8, "a", 0xFF) with { Labels = spot }, FakeCluster.Workload(22, 8, "b", 0xFF) with { Labels = spot }, Member(1, 8), Member(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("claim 1,2 False");
        await cluster.WhenAsync("claim 1,2 True");
        await cluster.WhenAsync("nominate", times: 2);
        var calls = cluster.Calls.ToList();
        Assert.True(calls.FindIndex(call => call.StartsWith("nominate", StringComparison.Ordinal)) > calls.IndexOf("claim 1,2 True"));
    }

    [Fact]
    public async Task A_gang_that_must_evict_waits_for_its_turn_and_for_none_whose_member_must_not()
    {
        var (spot, filter) = (new WorkloadLabels { Provisioning = Pipeline.Contracts.V1.Provisioning.Spot }, new FakeFilter(5, null) { PreemptsInTurn = true });
        var cluster = new FakeCluster { Evicting = _ => EvictionOutcome.Accepted }.WithNodes("a", "b").With(
            FakeCluster.Workload(21, 8, "a", 0xFF) with { Labels = spot }, FakeCluster.Workload(22, 8, "b", 0xFF) with { Labels = spot },
            Member(1, 8) with { Nodes = filter }, Member(2, 8) with { Nodes = filter });
        cluster.With(cluster.Workloads[2] with { Labels = cluster.Workloads[2].Labels with { MayPreempt = false } });
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.Pending().Any(job => job is { MayPreempt: false, InTurn: true }));

        cluster.With(Member(2, 8) with { Nodes = filter });
        cluster.Emit(new ClusterEvent.WorkloadPending(cluster.Workloads[2]));
        await cluster.WhenAsync("nominate", times: 2);
        await cluster.WhenAsync("evict", times: 2);
    }

    private static ClusterWorkload Member(ulong id, int gpus = 1) => FakeCluster.Workload(id, gpus) with { Labels = new() { Gang = new("g", 2) } };
}
