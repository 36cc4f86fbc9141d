using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

public class PlacerTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_workload_goes_to_the_fullest_node_that_still_holds_it()
    {
        _cluster.AddNode("empty");
        _cluster.AddNode("half");
        _cluster.AddNode("full");
        _cluster.Bind(1, "half", 0b1111);
        _cluster.Bind(2, "full", 0b1111_1110);

        Assert.Equal(("full", 1u), Where(_cluster.Place(10, gpus: 1)));
        Assert.Equal(("half", 0b11_0000u), Where(_cluster.Place(11, gpus: 2)));
        Assert.Equal(("empty", 0xFFu), Where(_cluster.Place(12, gpus: 8)));
        Assert.Equal(Outcome.NoFit, _cluster.Place(13, gpus: 4).Outcome);
    }

    [Fact]
    public void Of_equal_nodes_the_lowest_index_wins()
    {
        _cluster.AddNode("a");
        _cluster.AddNode("b");
        Assert.Equal(("a", 1u), Where(_cluster.Place(1)));
    }

    [Fact]
    public void Shares_fill_the_tightest_used_GPU_before_they_open_another()
    {
        _cluster.AddNode("a");
        _cluster.Bind(1, "a", 0b001, milli: 300);
        _cluster.Bind(2, "a", 0b010, milli: 600);

        Assert.Equal(("a", 0b010u), Where(_cluster.Place(10, milli: 400)));
        Assert.Equal(("a", 0b001u), Where(_cluster.Place(11, milli: 700)));
        Assert.Equal(("a", 0b100u), Where(_cluster.Place(12, milli: 1)));
    }

    [Fact]
    public void A_workload_without_GPUs_goes_where_no_GPU_is_free()
    {
        _cluster.AddNode("gpu");
        _cluster.AddNode("cpu", gpus: 0);
        Assert.Equal(("cpu", 0u), Where(_cluster.Place(1, gpus: 0)));
        Assert.Equal(("gpu", 0u), Where(_cluster.Place(2, gpus: 0, cpu: 64_000)));
    }

    [Fact]
    public void A_group_keeps_to_its_own_nodes()
    {
        _cluster.AddNode("a1", group: "a");
        _cluster.AddNode("b1", group: "b");
        Assert.Equal(("b1", 1u), Where(_cluster.Place(1, group: 1)));
        Assert.Equal(Outcome.NotFound, _cluster.Place(2, group: 2).Outcome);
    }

    [Fact]
    public void A_placed_workload_stays_where_it_is()
    {
        _cluster.AddNode("a");
        var first = _cluster.Place(1, gpus: 2);
        var again = _cluster.Place(1, gpus: 2);
        Assert.Equal((Outcome.Unchanged, false), (again.Outcome, again.Changed));
        Assert.Equal((first.Node, first.GpuMask), (again.Node, again.GpuMask));
    }

    [Fact]
    public void Quarantine_takes_a_node_out_of_scheduling_in_the_same_step_and_gives_it_back()
    {
        _cluster.AddNode("a");
        _cluster.State.Nodes.SetQuarantine(0, 7);
        Assert.Equal(Outcome.NoFit, _cluster.Place(1).Outcome);
        Assert.Equal((NodeHealth.Quarantined, 7L), (_cluster.Node("a").Health, _cluster.Node("a").QuarantinedBy));
        _cluster.State.Nodes.SetQuarantine(0, 0);
        Assert.Equal(Outcome.Done, _cluster.Place(1).Outcome);
    }

    [Fact]
    public void A_bad_GPU_is_not_given_until_it_is_good_again()
    {
        _cluster.AddNode("a", gpus: 2);
        _cluster.State.Nodes.SetBadGpus(0, 0b01);
        Assert.Equal(Outcome.NoFit, _cluster.Place(1, gpus: 2).Outcome);
        Assert.Equal(("a", 0b10u), Where(_cluster.Place(2)));
        _cluster.State.Nodes.SetBadGpus(0, 0);
        Assert.Equal(("a", 0b01u), Where(_cluster.Place(3)));
    }

    [Theory]
    [InlineData(false, false, NodeHealth.Unreachable)]
    [InlineData(true, true, NodeHealth.Cordoned)]
    public void An_unreachable_or_cordoned_node_gets_nothing(bool reachable, bool cordoned, NodeHealth health)
    {
        _cluster.AddNode("a", reachable: reachable, cordoned: cordoned);
        Assert.Equal(health, _cluster.Node("a").Health);
        Assert.Equal(Outcome.NoFit, _cluster.Place(1).Outcome);
    }

    [Fact]
    public void An_assumption_ends_after_its_time_unless_it_is_confirmed()
    {
        _cluster.AddNode("a");
        _cluster.Place(1);
        _cluster.Place(2);
        Assert.Equal(Outcome.Done, _cluster.Confirm(2).Outcome);
        Assert.Equal(Outcome.Unchanged, _cluster.Confirm(2).Outcome);

        _cluster.Now += Placer.AssumptionLife - 1;
        Assert.Equal((Outcome.Unchanged, false), (_cluster.Sweep().Outcome, _cluster.Sweep().Changed));
        _cluster.Now += 1;
        var sweep = _cluster.Sweep();
        Assert.Equal(new SweepCounts(1, 0), sweep.Detail);
        Assert.True(sweep.Changed);
        Assert.Equal(new Effect.AssumptionExpired(0, 1), _cluster.Effects[0]);
        Assert.Equal([2UL], _cluster.Snapshot().Workloads().Select(w => w.Id));
    }

    [Fact]
    public void A_bind_takes_over_what_runs_even_beyond_the_capacity_and_release_undoes_it()
    {
        _cluster.AddNode("a", gpus: 1, cpu: 1000, memory: 1000);
        _cluster.Bind(1, "a", 1, 1000, cpu: 900, memory: 900);
        _cluster.Bind(2, "a", 1, 1000, cpu: 900, memory: 900);
        Assert.Equal(2000, _cluster.Node("a").GpuUsedMilli[0]);
        Assert.Equal((0L, 0L), (_cluster.Node("a").CpuFreeMilli, _cluster.Node("a").MemoryFreeMib));
        _cluster.Release(1);
        Assert.Equal(100, _cluster.Node("a").CpuFreeMilli);
        Assert.Equal(Outcome.NoFit, _cluster.Place(3, cpu: 0, memory: 0).Outcome);
        _cluster.Release(2);
        Assert.Equal(Outcome.Done, _cluster.Place(3, cpu: 1000, memory: 1000).Outcome);
    }

    [Fact]
    public void A_bind_confirms_an_equal_assumption_and_moves_a_different_one()
    {
        _cluster.AddNode("a");
        _cluster.AddNode("b");
        _cluster.Place(1);
        Assert.Equal(Outcome.Done, _cluster.Bind(1, "a").Outcome);
        Assert.Equal(Outcome.Unchanged, _cluster.Bind(1, "a").Outcome);
        Assert.False(_cluster.Snapshot().Workloads().Single().Assumed);
        Assert.Equal(("b", 0b10u), Where(_cluster.Bind(1, "b", 0b10)));
        Assert.Equal(8, _cluster.Node("a").FreeGpuCount);
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Assert.Equal(Outcome.NotFound, _cluster.Release(9).Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Confirm(9).Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Remove("x").Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Bind(9, "x").Outcome);
    }

    [Theory]
    [InlineData("Workload", 0UL, 1, 1000, 0, 0)]
    [InlineData("GpuCount", 1UL, 17, 1000, 0, 0)]
    [InlineData("GpuCount", 1UL, -1, 1000, 0, 0)]
    [InlineData("GpuMilli", 1UL, 1, 0, 0, 0)]
    [InlineData("GpuMilli", 1UL, 1, 1001, 0, 0)]
    [InlineData("GpuMilli", 1UL, 2, 500, 0, 0)]
    [InlineData("CpuMilli", 1UL, 1, 1000, -1, 0)]
    [InlineData("MemoryMib", 1UL, 1, 1000, 0, long.MaxValue)]
    public void A_wrong_field_is_named_and_nothing_happens(string field, ulong id, int gpus, int milli, long cpu, long memory)
    {
        _cluster.AddNode("a");
        var before = _cluster.Snapshot().ImageHash();
        var reply = _cluster.Place(id, gpus, milli, cpu, memory);
        Assert.Equal((Outcome.Invalid, false), (reply.Outcome, reply.Changed));
        Assert.StartsWith(field + ":", (string)reply.Detail!);
        Assert.Equal(before, _cluster.Snapshot().ImageHash());
    }

    [Fact]
    public void CPU_is_kept_for_the_GPUs_that_need_it()
    {
        _cluster.AddNode("lean", gpus: 8, cpu: 64_000);
        _cluster.AddNode("rich", gpus: 2, cpu: 64_000);
        _cluster.Place(1, cpu: 8_000);
        _cluster.Release(1);
        // As much CPU as the free GPUs of the lean node will need: whoever takes more, or takes CPU alone, goes elsewhere.
        Assert.Equal("rich", Where(_cluster.Place(2, cpu: 24_000)).Node);
        Assert.Equal("rich", Where(_cluster.Place(3, gpus: 0, cpu: 16_000)).Node);
        Assert.Equal("lean", Where(_cluster.Place(4, gpus: 2, cpu: 16_000)).Node);
    }

    [Fact]
    public void GPUs_that_CPU_no_longer_serves_go_to_those_that_need_little()
    {
        _cluster.AddNode("served", cpu: 80_000);
        _cluster.AddNode("stranded", cpu: 32_000);
        _cluster.Place(1, cpu: 8_000, memory: 0);
        Assert.Equal("stranded", Where(_cluster.Place(2, cpu: 1_000, memory: 0)).Node);
        Assert.Equal("served", Where(_cluster.Place(3, cpu: 16_000, memory: 0)).Node);
    }

    [Fact]
    public void A_group_that_is_asked_for_by_name_is_left_to_those_who_ask()
    {
        _cluster.AddNode("sought", group: "a");
        _cluster.AddNode("other", group: "b");
        for (ulong id = 1; id <= 64; id++)
        {
            _cluster.Place(id, group: 0);
            _cluster.Release(id);
        }
        Assert.Equal("other", Where(_cluster.Place(100)).Node);
        Assert.Equal("sought", Where(_cluster.Place(101, GroupSet.Of(0))).Node);
        Assert.Equal("other", Where(_cluster.Place(102, GroupSet.Of(0, 1))).Node);
    }

    private (string Node, uint Gpus) Where(Reply reply)
    {
        Assert.Equal(Outcome.Done, reply.Outcome);
        return (_cluster.State.Nodes.NameOf(reply.Node), reply.GpuMask);
    }
}
