using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Cluster;

/// <summary>Workloads that pick a machine profile.</summary>
public sealed class ProfileTests
{
    private static readonly MachineProfile Two = new("h100-2", 2, 1000, 24_000, 200_000, "");

    [Theory]
    [InlineData(1_000, 1_000, 24_000, 200_000)]
    [InlineData(30_000, 1_000, 30_000, 200_000)]
    [InlineData(1_000, 300_000, 24_000, 300_000)]
    public async Task Of_CPU_and_memory_the_larger_counts_for_one_that_is_placed_and_for_one_that_runs(long cpu, long memory, long countedCpu, long countedMemory)
    {
        var waits = Named(1, 2) with { CpuMilli = cpu, MemoryMib = memory };
        var cluster = new FakeCluster().WithNodes("a", "b").With(waits, waits with { Id = 2, Name = "team/w2", Node = "b", GpuMask = 0b11 });
        await using var world = await StartAsync(cluster, Two);

        await world.UntilAsync(_ => world.Find(1) is { Assumed: false });

        Assert.All([1UL, 2UL], id => Assert.Equal((countedCpu, countedMemory), (world.Find(id)!.Value.CpuMilli, world.Find(id)!.Value.MemoryMib)));
    }

    [Fact]
    public async Task Of_a_share_of_a_GPU_the_larger_counts()
    {
        var cluster = new FakeCluster().WithNodes("a").With(Named(1) with { GpuMilli = 200 }, Named(2) with { GpuMilli = 700 });
        await using var world = await StartAsync(cluster, Two with { GpuCount = 1, GpuMilli = 500 });

        await world.UntilAsync(_ => world.Find(1) is { Assumed: false } && world.Find(2) is { Assumed: false });

        Assert.Equal((500, 700), (world.Find(1)!.Value.GpuMilli, world.Find(2)!.Value.GpuMilli));
    }

    [Fact]
    public async Task One_that_asks_for_no_machine_group_is_placed_in_that_of_its_profile()
    {
        var cluster = new FakeCluster().With(Named(1, 2), Named(2, 2, "b200"));
        cluster.Nodes.AddRange([FakeCluster.Node("a"), FakeCluster.Node("b") with { Group = "b200" }]);
        await using var world = await StartAsync(cluster, Two with { Group = "b200" });

        await world.UntilAsync(_ => world.Find(1) is { Assumed: false } && world.Find(2) is { Assumed: false });

        Assert.Equal(("b", "b"), (world.NodeOf(1), world.NodeOf(2)));
    }

    [Theory]
    [InlineData("h200-2", 2, "", "there is no machine profile 'h200-2'; the policy has 'h100-2'")]
    [InlineData("h100-2", 1, "", "machine profile 'h100-2' has 2 GPUs and the workload asks its node for 1 GPU, of which it gets no more")]
    [InlineData("h100-2", 2, "b200", "machine profile 'h100-2' is of machine group 'h100' and the workload asks for 'b200'")]
    public async Task What_cannot_be_had_is_refused_and_says_why(string profile, int gpus, string group, string reason)
    {
        var workload = Named(1, gpus, group) with { Labels = new WorkloadLabels { Profile = profile } };
        var cluster = new FakeCluster().WithNodes("a").With(workload, Named(2, 2));
        cluster.Nodes.Add(FakeCluster.Node("b") with { Group = "b200" });
        await using var world = await StartAsync(cluster, Two with { Group = "h100" });

        await world.UntilAsync(_ => world.Find(2) is { Assumed: false });
        await world.PassEndsAsync();

        Assert.Equal([reason], world.Binder.Book.Waiting().Select(waiting => waiting.Reason));
        Assert.Null(world.Find(1));
    }

    [Fact]
    public async Task It_is_placed_as_soon_as_the_policy_has_its_profile()
    {
        var cluster = new FakeCluster().WithNodes("a").With(Named(1, 2), FakeCluster.Workload(2));
        await using var world = await StartAsync(cluster);
        await cluster.WhenAsync("bind 2 a True");
        await world.PassEndsAsync();
        Assert.Equal(["there is no machine profile 'h100-2'; the policy has none"], world.Binder.Book.Waiting().Select(waiting => waiting.Reason));

        await world.Loop.SubmitAsync(PolicyOf(Two));

        await cluster.WhenAsync("bind 1 a True");
    }

    [Fact]
    public async Task A_profile_that_changes_holds_for_what_waits_and_what_runs()
    {
        var cluster = new FakeCluster().WithNodes("a").With(Named(1, 7) with { Node = "a", GpuMask = 0x7F }, Named(2, 2));
        await using var world = await StartAsync(cluster, Two);
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);

        await world.Loop.SubmitAsync(PolicyOf(Two with { CpuMilli = 25_000 }));

        await world.UntilAsync(snapshot => snapshot.Pending().SingleOrDefault()?.Shape.CpuMilli == 25_000 && world.Find(1)?.CpuMilli == 25_000);
    }

    [Fact]
    public async Task A_gang_counts_with_its_profile_and_leaves_the_queue_with_it()
    {
        var member = Named(1, 8) with { Labels = new WorkloadLabels { Profile = Two.Name, Gang = new GangLabel("g", 2) } };
        var cluster = new FakeCluster().WithNodes("a").With(member, member with { Id = 2, Name = "team/w2" });
        await using var world = await StartAsync(cluster, Two);
        await world.UntilAsync(snapshot => snapshot.Pending().SingleOrDefault()?.Gang?.Roles.Single().Shape.CpuMilli == Two.CpuMilli);

        await world.Loop.SubmitAsync(PolicyOf());

        await world.UntilAsync(snapshot => snapshot.PendingCount == 0);
        // Other profiles are a reason to list again, and the book begins anew with it.
        await cluster.WhenAsync("watch", times: 2);
        cluster.Emit(new ClusterEvent.WorkloadPending(cluster.With(FakeCluster.Workload(9, 0)).Workloads[9]));
        await cluster.WhenAsync("bind 9 a True");
        await world.PassEndsAsync();
        Assert.All(world.Binder.Book.Waiting(), waiting => Assert.StartsWith("there is no machine profile 'h100-2'", waiting.Reason, StringComparison.Ordinal));
        Assert.Equal(2, world.Binder.Book.Waiting().Count);
    }

    private static ClusterWorkload Named(ulong id, int gpus = 1, string group = "")
        => FakeCluster.Workload(id, gpus, group: group) with { Labels = new WorkloadLabels { Profile = Two.Name } };

    private static async Task<AdapterWorld> StartAsync(FakeCluster cluster, params MachineProfile[] profiles)
    {
        var world = new AdapterWorld(cluster);
        await world.Loop.SubmitAsync(PolicyOf(profiles));
        await world.StartAsync();
        return world;
    }

    private static SetSchedulingPolicyCommand PolicyOf(params MachineProfile[] profiles) => new() { Policy = new SchedulingPolicy { Profiles = [.. profiles] } };
}
