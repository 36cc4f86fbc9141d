using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests;

public class InventoryTests
{
    private readonly TestCluster _cluster = new();

    /// <summary>A device plugin says how many GPUs are left, not which: what is in use beyond that number takes one of them.</summary>
    [Theory]
    [InlineData(8, 0x80u, 7, 5)]
    [InlineData(8, 0xC0u, 7, 4)]
    [InlineData(8, 0x80u, 8, 6)]
    [InlineData(16, 0xC000u, 14, 11)]
    public void A_node_that_lost_a_GPU_has_no_more_free_than_it_says_less_those_in_use(int gpus, uint mask, int left, int free)
    {
        var cluster = new TestCluster();
        cluster.AddNode("n", gpus);
        cluster.Bind(1, "n", mask);
        cluster.Bind(2, "n", mask: 1);
        cluster.AddNode("n", left);

        Assert.Equal(Outcome.NoFit, cluster.Place(3, gpus: free + 1).Outcome);
        Assert.Equal(Outcome.Done, cluster.Place(3, gpus: free).Outcome);
        Assert.Equal(cluster.Snapshot().ImageHash(), cluster.Fork().Snapshot().ImageHash());
        cluster.Release(1);
        Assert.Equal(left - 1 - free, cluster.State.Nodes.FreeGpuCount(0));
    }

    [Fact]
    public void An_upsert_that_says_nothing_new_changes_nothing()
    {
        Assert.True(_cluster.AddNode("a").Changed);
        var again = _cluster.AddNode("a");
        Assert.Equal((Outcome.Unchanged, 0, false), (again.Outcome, again.Node, again.Changed));
    }

    [Fact]
    public void An_upsert_keeps_the_workloads_and_takes_over_the_capacity()
    {
        _cluster.AddNode("a", gpus: 8, cpu: 8000);
        _cluster.Place(1, gpus: 4, cpu: 4000);
        _cluster.AddNode("a", gpus: 6, cpu: 2000);
        Assert.Equal((6, 2), (_cluster.Node("a").GpuCount, _cluster.Node("a").FreeGpuCount));
        Assert.Equal((4000L, 0L), (_cluster.Node("a").CpuUsedMilli, _cluster.Node("a").CpuFreeMilli));
        Assert.Equal(Outcome.NoFit, _cluster.Place(2, cpu: 1).Outcome);
    }

    [Fact]
    public void A_node_that_changes_its_group_is_found_in_the_new_one_only()
    {
        _cluster.AddNode("a", group: "old");
        _cluster.AddNode("b", group: "new");
        _cluster.AddNode("a", group: "new");
        Assert.Equal(Outcome.NoFit, _cluster.Place(1, group: 0).Outcome);
        Assert.Equal(0, _cluster.Place(2, group: 1).Node);
    }

    [Fact]
    public void Removing_a_node_releases_its_workloads_and_its_index_is_the_next_to_be_given()
    {
        _cluster.AddNode("a");
        _cluster.AddNode("b");
        _cluster.AddNode("c");
        _cluster.Place(1);
        _cluster.Bind(2, "a", 0b10);
        _cluster.Bind(3, "b");
        Assert.Equal(Outcome.Done, _cluster.Remove("a").Outcome);
        Assert.Equal([3UL], _cluster.Snapshot().Workloads().Select(w => w.Id));
        Assert.False(_cluster.Snapshot().TryFindNode("a", out _));
        Assert.Equal(0, _cluster.AddNode("d").Node);
        Assert.Equal(3, _cluster.AddNode("e").Node);
        Assert.Equal(8, _cluster.Node("d").FreeGpuCount);
    }

    [Theory]
    [InlineData("Name", "", 8, 0)]
    [InlineData("GpuCount", "a", 17, 0)]
    [InlineData("CpuMilli", "a", 8, -1)]
    public void A_wrong_field_is_named_and_nothing_happens(string field, string name, int gpus, long cpu)
    {
        var reply = _cluster.AddNode(name, gpus, cpu, group: "new");
        Assert.Equal(Outcome.Invalid, reply.Outcome);
        Assert.StartsWith(field + ":", (string)reply.Detail!);
        Assert.Equal((0, 0), (_cluster.Snapshot().NodeCount, _cluster.Snapshot().Groups.Length));
    }
}
