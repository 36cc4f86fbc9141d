using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Model;

/// <summary>Machine groups that nobody uses any more, and nodes for whose group there is no index.</summary>
public class GroupForgettingTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_cluster_that_is_configured_anew_again_and_again_never_runs_out_of_groups()
    {
        for (var time = 0; time < 10 * NodeTable.MaxGroups; time++)
        {
            _cluster.AddNode("n", group: $"a100-mig-{time}");
            Assert.Equal($"a100-mig-{time}", _cluster.Node("n").Group);
            Assert.Equal(Outcome.Done, _cluster.Place((ulong)time + 1, group: _cluster.Node("n").GroupIndex).Outcome);
            _cluster.Release((ulong)time + 1);
            _cluster.Now += BudgetForgetting.KeptFor;
        }
        Assert.Equal(NodeTable.MaxGroups, _cluster.Snapshot().Groups.Length);
    }

    [Fact]
    public void A_node_for_whose_group_there_is_no_index_is_known_and_repaired_and_gets_no_workloads()
    {
        Fill();
        var reply = _cluster.AddNode("more", group: "more");
        Assert.Equal((Outcome.Done, new Ungrouped("more")), (reply.Outcome, reply.Detail));
        var node = _cluster.Node("more");
        Assert.Equal((NodeTable.NoGroup, "", 8), (node.GroupIndex, node.Group, node.GpuCount));
        _cluster.State.Nodes.SetQuarantine(node.Index, 7);
        Assert.Equal(NodeHealth.Quarantined, _cluster.Node("more").Health);
        _cluster.State.Nodes.SetQuarantine(node.Index, 0);
        for (var other = 0; other < NodeTable.MaxGroups; other++)
            _cluster.Remove($"n{other}");
        Assert.Equal(Outcome.NoFit, _cluster.Place(1).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Place(1, gpus: 0).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Place(1, group: 0).Outcome);
        // What the cluster runs there is counted all the same.
        Assert.Equal(Outcome.Done, _cluster.Bind(2, "more", 0b11).Outcome);
        Assert.Equal(2, _cluster.Node("more").GpuUsedMilli.ToArray().Count(used => used > 0));
        Recount.Check(_cluster);
        var restored = _cluster.Fork();
        Assert.Equal(_cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
        Recount.Check(restored);
        _cluster.Release(2);
        Recount.Check(_cluster);
    }

    [Fact]
    public void It_gets_its_group_when_it_is_told_again_after_another_is_not_used_any_more()
    {
        Fill();
        _cluster.AddNode("more", group: "more");
        Assert.Equal(Outcome.Unchanged, _cluster.AddNode("more", group: "more").Outcome);
        _cluster.Remove("n5");
        Assert.Equal((Outcome.Done, true), (_cluster.AddNode("more", group: "more").Outcome, _cluster.Snapshot().GroupNaming.IndexOf("g5") < 0));
        Assert.Equal("g5", _cluster.Snapshot().Groups[5]);
        _cluster.Now += BudgetForgetting.KeptFor - 1;
        Assert.IsType<Ungrouped>(_cluster.AddNode("more", group: "more").Detail);
        _cluster.Now++;
        Assert.Null(_cluster.AddNode("more", group: "more").Detail);
        Assert.Equal(5, _cluster.Node("more").GroupIndex);
        Assert.Equal((5, -1), (_cluster.Snapshot().GroupNaming.IndexOf("more"), _cluster.Snapshot().GroupNaming.IndexOf("g5")));
        Assert.Equal(_cluster.Node("more").Index, _cluster.Place(1, group: 5).Node);
        Recount.Check(_cluster);
    }

    [Fact]
    public void One_of_which_a_node_comes_while_it_is_gone_keeps_its_index()
    {
        Fill();
        _cluster.Remove("n5");
        _cluster.AddNode("more", group: "more");
        Assert.Equal(-1, _cluster.Snapshot().GroupNaming.IndexOf("g5"));
        _cluster.AddNode("n5", group: "g5");
        Assert.Equal(5, _cluster.Snapshot().GroupNaming.IndexOf("g5"));
        _cluster.Now += BudgetForgetting.KeptFor;
        Assert.IsType<Ungrouped>(_cluster.AddNode("more", group: "more").Detail);
    }

    [Fact]
    public void As_long_as_there_are_few_nobody_is_gone()
    {
        for (var group = 0; group < NodeTable.MaxGroups / 2; group++)
            _cluster.AddNode("n", group: $"g{group}");
        Assert.All(_cluster.Snapshot().Groups, name => Assert.True(_cluster.Snapshot().GroupNaming.IndexOf(name) >= 0));
    }

    [Theory]
    [InlineData("placed")]
    [InlineData("waiting")]
    [InlineData("gang")]
    [InlineData("waiting gang")]
    [InlineData("reservation")]
    [InlineData("quota")]
    [InlineData("profile")]
    [InlineData("node")]
    public void One_that_somebody_uses_is_never_forgotten(string use)
    {
        Fill();
        switch (use)
        {
            case "placed":
                _cluster.Bind(1, "n5");
                break;
            case "waiting":
                Assert.Equal(Outcome.Queued, _cluster.Do(new PlaceCommand { Workload = 1, Name = "w", GpuCount = 16, GpuMilli = 1000, Groups = GroupSet.Of(5, 6), Wait = true }).Outcome);
                break;
            case "gang":
                _cluster.Remove("n5");
                Assert.Equal(Outcome.Done, _cluster.Do(new PlaceGangCommand { Gang = Gang(GroupSet.Of(5, 6), 8) }).Outcome);
                break;
            case "waiting gang":
                Assert.Equal(Outcome.Queued, _cluster.Do(new PlaceGangCommand { Gang = Gang(GroupSet.Of(5, 6), 16), Wait = true }).Outcome);
                break;
            case "reservation":
                Assert.Equal(Outcome.Done, _cluster.Do(new ReserveCommand
                {
                    Request = new ReservationRequest(1, "r", 0, 5, 1, _cluster.Now + 86_400_000, _cluster.Now + 90_000_000, TopologyMode.None, 0),
                }).Outcome);
                break;
            case "quota":
                _cluster.Do(new SetSchedulingPolicyCommand { Policy = Tenants.PolicyOf(new Project("p", "w", false, [new Quota("g5", 1, 1, 1)])) });
                break;
            case "profile":
                _cluster.Do(new SetSchedulingPolicyCommand { Policy = SchedulingPolicy.Open with { Profiles = [new MachineProfile("m", 1, 1000, 1, 1, "g5")] } });
                break;
            default:
                _cluster.AddNode("another", group: "g5");
                break;
        }
        if (use == "placed")
            _cluster.AddNode("n5", group: "g6");
        else if (use != "node")
            _cluster.Remove("n5");
        for (var time = 0; time < 3; time++)
        {
            Assert.IsType<Ungrouped>(_cluster.AddNode("more", group: "more").Detail);
            _cluster.Now += BudgetForgetting.KeptFor;
        }
        Assert.Equal(5, _cluster.Snapshot().GroupNaming.IndexOf("g5"));
    }

    [Fact]
    public void What_was_asked_for_of_a_forgotten_group_is_not_taken_for_demand_for_its_successor()
    {
        _cluster.State.Nodes.MostGroups = 4;
        for (var group = 0; group < 4; group++)
            _cluster.AddNode($"n{group}", gpus: 8, group: $"g{group}");
        for (var id = 1UL; id <= 200; id++)
        {
            _cluster.Place(id, group: 3);
            _cluster.Release(id);
        }
        Assert.True(_cluster.State.Nodes.Mix.IsSought(3));
        _cluster.Remove("n3");
        _cluster.AddNode("new", group: "new");
        _cluster.Now += BudgetForgetting.KeptFor;
        _cluster.AddNode("new", group: "new");
        Assert.Equal(3, _cluster.Node("new").GroupIndex);
        Assert.False(_cluster.State.Nodes.Mix.IsSought(3));
    }

    /// <summary>A group that took over the index of a forgotten one is to all others as if it had had it from the beginning.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Forgetting_changes_no_decision(int seed)
    {
        var (after, never) = (Filled("old"), Filled("new"));
        foreach (var cluster in (TestCluster[])[after, never])
        {
            cluster.Now += BudgetForgetting.KeptFor;
            cluster.AddNode("z", group: "new");
            Assert.Equal(2, cluster.Node("z").GroupIndex);
        }
        foreach (var (command, elapsed) in new MixedScript(seed, 600).Steps())
            Assert.Equal(Said(never, command, elapsed), Said(after, command, elapsed));

        static TestCluster Filled(string third)
        {
            var cluster = new TestCluster();
            cluster.AddNode("x", group: "a");
            cluster.AddNode("y", group: "b");
            for (var group = 2; group < NodeTable.MaxGroups; group++)
                cluster.AddNode("z", group: group == 2 ? third : $"g{group}");
            return cluster;
        }

        static (Outcome, int, uint, int) Said(TestCluster cluster, Command command, long elapsed)
        {
            cluster.Now += elapsed;
            cluster.Effects.Clear();
            var reply = cluster.Do(command);
            return (reply.Outcome, reply.Node, reply.GpuMask, cluster.Effects.Count);
        }
    }

    private void Fill()
    {
        for (var group = 0; group < NodeTable.MaxGroups; group++)
            _cluster.AddNode($"n{group}", group: $"g{group}");
        Assert.Equal(NodeTable.MaxGroups, _cluster.Snapshot().Groups.Length);
    }

    private static GangSpec Gang(GroupSet groups, int gpus)
    {
        var gang = Tenants.Gang(1, 1, gpus, 1);
        return gang with { Roles = [gang.Roles[0] with { Shape = gang.Roles[0].Shape with { Groups = groups } }] };
    }
}
