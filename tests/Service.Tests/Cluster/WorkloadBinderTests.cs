using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class WorkloadBinderTests
{
    [Fact]
    public async Task Pending_workloads_are_bound_and_confirmed()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 2), FakeCluster.Workload(2, 4, group: "h100"));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.Workloads().Count(workload => !workload.Assumed) == 2);

        cluster.With(FakeCluster.Workload(3));
        cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(3)));
        await world.UntilAsync(snapshot => snapshot.Workloads().Count(workload => !workload.Assumed) == 3);
        Assert.Equal(7000, world.UsedMilli("a"));
        await world.PassEndsAsync();
        Assert.Equal(0, world.Binder.Pending);
    }

    [Fact]
    public async Task What_fits_nowhere_waits_and_is_tried_when_something_frees()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2, 8), FakeCluster.Workload(3, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await cluster.WhenAsync("bind 2 a True");
        await world.UntilAsync(_ => world.Find(2) is { Assumed: false });

        await world.PassEndsAsync();
        Assert.Null(world.Find(3));
        Assert.Equal(1, world.Binder.Pending);
        Assert.Equal(0, cluster.CountOf("bind 3"));
    }

    [Fact]
    public async Task A_refused_bind_gives_the_place_back_and_is_tried_again()
    {
        var refusals = 1;
        var cluster = new FakeCluster { Binding = _ => Task.FromResult(Interlocked.Decrement(ref refusals) < 0) };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("bind 1 a False");
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("a")));
        await cluster.WhenAsync("bind 1 a True");
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });

        Assert.Equal(8000, world.UsedMilli("a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workload_that_another_scheduler_bound_meanwhile_keeps_that_place(bool answersFirst)
    {
        AdapterWorld? world = null;
        var cluster = new FakeCluster();
        var there = FakeCluster.Workload(1, 2, "b", 0xC0);
        cluster.Binding = async bind =>
        {
            cluster.Emit(new ClusterEvent.WorkloadBound(there));
            if (!answersFirst)
                await world!.UntilAsync(_ => world.NodeOf(1) == "b");
            return false;
        };
        cluster.WithNodes("a", "b").With(FakeCluster.Workload(1, 2));
        await using (world = new AdapterWorld(cluster))
        {
            await world.StartAsync();
            await cluster.WhenAsync("bind 1 a False");
            await world.UntilAsync(_ => world.NodeOf(1) == "b");
            await world.PassEndsAsync();
            await world.PassEndsAsync();

            Assert.Equal(("b", 0xC0u, 0), (world.NodeOf(1), world.Find(1)!.Value.GpuMask, world.Binder.Pending));
            Assert.Equal((0, 2000), (world.UsedMilli("a"), world.UsedMilli("b")));
        }
    }

    [Fact]
    public async Task A_bind_that_is_refused_gives_the_place_back()
    {
        var cluster = new FakeCluster { Binding = _ => throw new HotpathUnavailableException("not allowed", TimeSpan.Zero) { Refused = true } };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 1);
        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 0);

        await world.PassEndsAsync();
        Assert.Equal(1, world.Binder.Pending);
    }

    [Fact]
    public async Task A_bind_whose_answer_was_lost_is_found_to_have_taken_effect()
    {
        var cluster = new FakeCluster();
        var binds = 0;
        cluster.Binding = bind =>
        {
            cluster.With(FakeCluster.Workload(1, 2, bind.Node, bind.GpuMask));
            return ++binds > 1 ? Task.FromResult(true) : throw new TimeoutException("The answer was lost.");
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 2));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("bind 1 a True");
        await world.PassEndsAsync();
        Assert.Equal((2, 0, 2000), (binds, world.Binder.Pending, world.UsedMilli("a")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_place_of_a_bind_that_may_yet_arrive_is_nobody_elses_whatever_the_cluster_lists_or_refuses(bool refuses)
    {
        var (places, answers) = (new List<WorkloadBinding>(), false);
        var cluster = new FakeCluster();
        cluster.Binding = bind =>
        {
            lock (places)
            {
                places.Add(bind);
                if (refuses && places.Count > 1 && !Volatile.Read(ref answers))
                    throw new HotpathUnavailableException("not allowed", TimeSpan.Zero) { Refused = true };
            }

            return Volatile.Read(ref answers) ? Task.FromResult(true) : throw new TimeoutException("No answer.");
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 2));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });
        cluster.With(FakeCluster.Workload(2, 8));
        cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(2, 8)));
        await world.UntilAsync(snapshot => snapshot.Pending().Any(job => job.Id == 2));
        world.Pass(TimeSpan.FromMinutes(1));
        await world.Loop.SubmitAsync(new SweepCommand());
        await world.SyncAsync();
        await world.PassEndsAsync();
        Assert.True(world.Find(1) is { Assumed: false });

        Volatile.Write(ref answers, true);
        await cluster.WhenAsync("bind 1 a True");
        await world.PassEndsAsync();
        Assert.Equal(1, world.Binder.Pending);
        lock (places)
            Assert.Equal([new WorkloadBinding(1, "a", 3)], places.Distinct());
    }

    [Fact]
    public async Task A_workload_that_says_something_else_of_itself_while_it_is_bound_keeps_its_place()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource<bool>());
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8));
        cluster.Binding = binding =>
        {
            asked.TrySetResult();
            return binding.Workload == 1 ? answer.Task : Task.FromResult(true);
        };
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await asked.Task;

        cluster.With(FakeCluster.Workload(2, 8));
        cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(1, 8) with { Labels = new WorkloadLabels { Project = "other" } }));
        cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(2, 8)));
        // Applied in order, so the change has been as well.
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b", cordon: "person")));
        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out NodeView _));
        Assert.Equal(8_000, world.UsedMilli("a"));
        answer.SetResult(true);

        await cluster.WhenAsync("bind 1 a True");
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        Assert.Equal(0, cluster.CountOf("bind 2"));
    }

    [Fact]
    public async Task A_workload_that_says_something_else_of_itself_while_it_waits_is_asked_for_anew()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);

        cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(2, 8) with { Labels = new WorkloadLabels { ExpectedSeconds = 60 } }));

        await world.UntilAsync(snapshot => snapshot.Pending().Any(job => job.Traits.ExpectedSeconds == 60));
    }

    [Fact]
    public async Task Nothing_is_bound_again_on_a_node_that_has_fallen_sick_meanwhile()
    {
        var cluster = new FakeCluster { Binding = _ => throw new TimeoutException("No answer.") };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 2));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("a", cordon: "person")));

        await world.UntilAsync(_ => world.Find(1) is null);
        Assert.Equal(1, world.Binder.Pending);
    }

    [Fact]
    public async Task A_bind_that_outlasts_its_assumption_is_adopted()
    {
        AdapterWorld? world = null;
        var cluster = new FakeCluster
        {
            Binding = async _ =>
            {
                world!.Pass(TimeSpan.FromMinutes(1));
                await world.Loop.SubmitAsync(new SweepCommand());
                Assert.Null(world.Find(1));
                return true;
            },
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 2));
        await using (world = new AdapterWorld(cluster))
        {
            await world.StartAsync();
            await cluster.WhenAsync("bind 1 a True");
            await world.UntilAsync(_ => world.Find(1) is { Assumed: false });
            Assert.Equal(2000, world.UsedMilli("a"));
        }
    }

    [Fact]
    public async Task A_workload_that_goes_while_it_is_bound_leaves_nothing_behind()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cluster = new FakeCluster
        {
            Binding = async _ =>
            {
                reached.TrySetResult();
                await goOn.Task;
                return true;
            },
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await reached.Task;
        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 0);
        goOn.SetResult();
        await cluster.WhenAsync("bind 1 a False");
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b")));
        await world.UntilAsync(snapshot => snapshot.NodeCount == 2);

        await world.PassEndsAsync();
        Assert.Equal(0, world.Binder.Pending);
        Assert.Equal(0, world.UsedMilli("a"));
    }

    [Fact]
    public async Task A_listing_waits_for_the_binds_that_it_would_undo()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cluster = new FakeCluster
        {
            Binding = async _ =>
            {
                reached.TrySetResult();
                await goOn.Task;
                return true;
            },
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await reached.Task;
        var listings = cluster.CountOf("list");
        var syncing = world.SyncAsync();
        Assert.Equal(listings, cluster.CountOf("list"));
        goOn.SetResult();
        await syncing;

        Assert.True(world.Find(1) is { Assumed: false });
        Assert.Equal(8000, world.UsedMilli("a"));
    }

    [Fact]
    public async Task A_group_that_no_node_belongs_to_is_not_any_group()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 1, group: "b200"), FakeCluster.Workload(2));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("bind 2");
        Assert.Equal(0, cluster.CountOf("bind 1"));

        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b") with { Group = "b200" }));
        await cluster.WhenAsync("bind 1 b True");
    }
}
