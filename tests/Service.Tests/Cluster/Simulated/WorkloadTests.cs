using Pipeline.Contracts.Cluster;
using static Pipeline.Contracts.Cluster.NodeActionKind;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class WorkloadTests
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1, 6)]
    [InlineData(64, 409)]
    [InlineData(1000, 6400)]
    public void The_first_workloads_ask_for_four_fifths_of_the_GPUs(int nodes, int gpus)
    {
        using var bench = new Bench(Bench.Plain with { Nodes = nodes });
        var listing = bench.List();
        Assert.InRange(listing.Workloads.Sum(workload => workload.GpuCount), gpus - 2, gpus);
        Assert.All(listing.Workloads, workload =>
        {
            Assert.Contains(workload.GpuCount, new[] { 1, 2, 4, 8 });
            Assert.Equal((12_000L * workload.GpuCount, 131_072L * workload.GpuCount), (workload.CpuMilli, workload.MemoryMib));
            Assert.Matches("^team-[a-f]/job-[0-9]+$", workload.Name);
            Assert.Equal(("", 0u, 1000, false), (workload.Node, workload.GpuMask, workload.GpuMilli, workload.Terminating));
        });
        Assert.Equal(listing.Workloads.Count, listing.Workloads.Select(workload => workload.Id).Distinct().Count());
    }

    [Fact]
    public void The_nodes_are_named_sized_and_grouped_as_promised()
    {
        using var bench = new Bench(Bench.Plain with { Nodes = 64 });
        var nodes = bench.List().Nodes;
        Assert.Equal("gpu-0001", nodes[0].Name);
        Assert.Equal("gpu-0064", nodes[^1].Name);
        Assert.All(nodes, node => Assert.Equal((8, 96_000L, 1_048_576L, true, ""),
            (node.GpuCount, node.CpuMilli, node.MemoryMib, node.Reachable, node.CordonOwner)));
        Assert.Equal([0, 1, 2, 3], nodes.Select(node => node.TopologyLeaf).Distinct());
        Assert.Equal(["A100", "H100", "V100"], nodes.Select(node => node.Group).Distinct());
        Assert.Equal(2, nodes.Zip(nodes.Skip(1)).Count(pair => pair.First.Group != pair.Second.Group));
    }

    [Fact]
    public void The_first_workloads_all_fit_when_placed_in_their_order()
    {
        using var bench = new Bench(Bench.Plain with { Nodes = 40, FillPercent = 100 });
        var listing = bench.List();
        var used = listing.Nodes.ToDictionary(node => node.Name, _ => 0);
        foreach (var workload in listing.Workloads)
        {
            var node = listing.Nodes.First(node => node.Group == workload.Group && used[node.Name] + workload.GpuCount <= 8);
            Assert.True(bench.Bind(workload.Id, ((1u << workload.GpuCount) - 1) << used[node.Name], node.Name));
            used[node.Name] += workload.GpuCount;
        }

        Assert.All(used.Values, gpus => Assert.Equal(8, gpus));
    }

    [Fact]
    public void A_binding_said_twice_holds_and_another_one_does_not()
    {
        using var bench = new Bench();
        var workload = bench.PlaceOne(0b11);
        Assert.True(bench.Bind(workload.Id, 0b11));
        Assert.False(bench.Bind(workload.Id, 0b1100));
        Assert.False(bench.Bind(workload.Id, 0b11, Bench.Other));
        Assert.Equal((Bench.Node, 0b11u), (bench.On()[0].Node, bench.On()[0].GpuMask));
    }

    [Fact]
    public void A_node_does_not_take_what_it_cannot()
    {
        using var bench = new Bench();
        bench.PlaceOne(0b11);
        var two = bench.Pending(2).Id;
        Assert.True(bench.IsRefused(two, 0b110));
        Assert.True(bench.IsRefused(two, 0b1100, "gpu-9999"));
        Assert.False(bench.Bind(99_999, 0b1100));
        Assert.True(bench.IsRefused(two, 0b1100, "gpu-0008"));

        bench.Cluster.SetForeignCordon(Bench.Node, true);
        Assert.True(bench.IsRefused(two, 0b1100));
        bench.Cluster.SetForeignCordon(Bench.Node, false);
        bench.Cluster.MarkAsync(new NodeMark(Bench.Node, "run-1", "Draining", "Drain"), default);
        Assert.True(bench.IsRefused(two, 0b1100));
        bench.Cluster.UnmarkAsync(Bench.Node, "run-1", default);
        bench.Break("nodeUnreachable");
        Assert.True(bench.IsRefused(two, 0b1100));
        bench.Do(Reboot);
        Assert.True(bench.Bind(two, 0b1100));
    }

    [Theory]
    [InlineData(0b1u)]
    [InlineData(0b111u)]
    [InlineData(0b1_1000_0000u)]
    public void A_mask_that_does_not_name_the_workloads_GPUs_is_an_error(uint mask)
    {
        using var bench = new Bench();
        var two = bench.Pending(2).Id;
        Assert.Contains("GpuMask", Assert.Throws<ArgumentException>(() => bench.Bind(two, mask)).Message);
        Assert.Empty(bench.On());
    }

    [Fact]
    public void An_evicted_workload_terminates_and_is_replaced_by_one_of_the_same_shape()
    {
        using var bench = new Bench();
        var workload = bench.PlaceOne(0b11);
        var pending = bench.List().Workloads.Count(known => known.Node.Length == 0);
        Assert.Equal(EvictionOutcome.Accepted, bench.Evict(workload.Id));
        Assert.True(Assert.Single(bench.On()).Terminating);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(EvictionOutcome.Accepted, bench.Evict(workload.Id));
        Assert.Single(bench.On());

        bench.Time.Advance(LongestGrace);
        Assert.Empty(bench.On());
        Assert.Equal(EvictionOutcome.Gone, bench.Evict(workload.Id));
        var replacement = bench.List().Workloads[^1];
        Assert.Equal(pending + 1, bench.List().Workloads.Count(known => known.Node.Length == 0));
        Assert.Equal(workload with { Id = replacement.Id, Name = replacement.Name, Node = "", GpuMask = 0 }, replacement);
        Assert.StartsWith(workload.Name + "-", replacement.Name);
        Assert.NotEqual(workload.Id, replacement.Id);
        Assert.Equal(0, bench.Cluster.WorkloadsKilled);
    }

    [Fact]
    public void A_pending_workload_is_evicted_at_once()
    {
        using var bench = new Bench();
        var workload = bench.Pending(1);
        Assert.Equal(EvictionOutcome.Accepted, bench.Evict(workload.Id));
        Assert.Equal(EvictionOutcome.Gone, bench.Evict(workload.Id));
    }

    [Fact]
    public void A_disruption_budget_blocks_for_a_while()
    {
        using var bench = new Bench(Bench.Plain with { BudgetPercent = 100 });
        var workload = bench.PlaceOne(0b1);
        Assert.Equal(EvictionOutcome.Blocked, bench.Evict(workload.Id));
        bench.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(EvictionOutcome.Blocked, bench.Evict(workload.Id));
        Assert.False(Assert.Single(bench.On()).Terminating);
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(EvictionOutcome.Accepted, bench.Evict(workload.Id));
    }

    [Fact]
    public void As_many_workloads_have_a_budget_as_asked()
    {
        using var bench = new Bench(Bench.Plain with { Nodes = 500, BudgetPercent = 20, FillPercent = 100 });
        var outcomes = bench.List().Workloads.Select(workload => bench.Evict(workload.Id)).ToList();
        Assert.InRange(outcomes.Count(outcome => outcome == EvictionOutcome.Blocked), outcomes.Count * 0.15, outcomes.Count * 0.25);
    }

    [Theory]
    [InlineData(Reboot)]
    [InlineData(PowerCycle)]
    public void On_an_unreachable_node_an_evicted_workload_stays_until_the_node_is_back(NodeActionKind boot)
    {
        using var bench = new Bench();
        var workload = bench.PlaceOne(0b1);
        bench.Break("nodeUnreachable");
        Assert.Equal(EvictionOutcome.Accepted, bench.Evict(workload.Id));
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.True(Assert.Single(bench.On()).Terminating);
        bench.Start(boot);
        Assert.Single(bench.On());
        bench.Time.Advance(TimeSpan.FromSeconds(420));
        Assert.Empty(bench.On());
    }

    [Fact]
    public void Marks_are_ours_by_run_and_a_persons_cordon_stays()
    {
        using var bench = new Bench();
        var mark = new NodeMark(Bench.Node, "run-1", "Draining", "Drain");
        bench.Cluster.MarkAsync(mark, default);
        Assert.Equal("run-1", bench.NodeOf().CordonOwner);
        bench.Cluster.UnmarkAsync(Bench.Node, "run-2", default);
        Assert.Equal(mark, bench.Cluster.MarkOf(Bench.Node));

        bench.Cluster.SetForeignCordon(Bench.Node, true);
        Assert.Equal("person", bench.NodeOf().CordonOwner);
        bench.Cluster.UnmarkAsync(Bench.Node, "run-1", default);
        Assert.Null(bench.Cluster.MarkOf(Bench.Node));
        Assert.Equal("person", bench.NodeOf().CordonOwner);
        bench.Cluster.SetForeignCordon(Bench.Node, false);
        Assert.Equal("", bench.NodeOf().CordonOwner);
    }

    [Fact]
    public async Task A_mark_that_names_no_node_or_run_is_refused_and_an_unmark_of_no_node_is_done()
    {
        using var bench = new Bench();
        var unknown = await Assert.ThrowsAsync<ArgumentException>(
            () => bench.Cluster.MarkAsync(new NodeMark("gpu-9999", "run-1", "", ""), default));
        Assert.Contains("gpu-9999", unknown.Message);
        var blank = await Assert.ThrowsAsync<ArgumentException>(() => bench.Cluster.MarkAsync(new NodeMark(Bench.Node, "", "", ""), default));
        Assert.Contains("Run", blank.Message);
        Assert.True(bench.Cluster.UnmarkAsync("gpu-9999", "run-1", default).IsCompletedSuccessfully);
    }

    [Fact]
    public void Churn_finishes_workloads_and_brings_others()
    {
        using var bench = new Bench(Bench.Plain with { Churn = 60 });
        bench.PlaceOne(0b1);
        bench.PlaceOne(0b110);
        var before = bench.List().Workloads.Count;
        var watch = bench.Cluster.OpenWatch();
        for (var second = 0; second < 5; second++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            bench.Cluster.Advance();
        }

        Assert.Empty(bench.On());
        Assert.Equal(before, bench.List().Workloads.Count);
        Assert.Equal(
            ["WorkloadDeleted", "WorkloadPending", "WorkloadDeleted", "WorkloadPending"],
            Bench.Drain(watch).Select(change => change.GetType().Name));
    }

    [Fact]
    public void Without_churn_nothing_happens_by_itself()
    {
        using var bench = new Bench();
        bench.PlaceOne(0b1);
        Assert.Null(bench.Cluster.NextDue);
        bench.Time.Advance(TimeSpan.FromDays(30));
        Assert.Single(bench.On());
    }
}
