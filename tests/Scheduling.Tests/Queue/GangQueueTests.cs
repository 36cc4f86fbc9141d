using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Queue;

/// <summary>Gangs of one class, of which the queue judges the first only.</summary>
public class GangQueueTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_gang_that_is_described_anew_keeps_its_turn_and_has_it_still_in_a_restored_state()
    {
        _cluster.AddNode("n");
        _cluster.Bind(900, "n", mask: 0xFF);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(1, 1)).Outcome);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(2, 1)).Outcome);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(1, 1) with { Name = "test/renamed" }).Outcome);
        _cluster.Release(900);
        foreach (var cluster in new[] { _cluster, _cluster.Fork() })
        {
            cluster.Schedule(1);
            Assert.Equal([1000UL], cluster.Snapshot().Workloads().Select(workload => workload.Id));
        }
    }

    /// <param name="vain">Gangs before it for which nobody can be evicted.</param>
    /// <param name="named">The nodes of those are named.</param>
    [Theory]
    [InlineData(15, false, 64, 64)]
    [InlineData(40, false, 1, 16)]
    [InlineData(15, true, 64, 64)]
    [InlineData(40, true, 1, 16)]
    public void A_cycle_does_not_plan_evictions_for_every_gang_that_waits_in_vain_and_leaves_none_out_for_ever(int vain, bool named, int least, int most)
    {
        _cluster.AddNode("n");
        _cluster.Do(new BindCommand { Workload = 900, Name = "test/w900", Node = "n", GpuMask = 0xFF, GpuMilli = 1000, Traits = new WorkloadTraits { Provisioning = Provisioning.Spot } });
        for (var gang = vain; gang >= 0; gang--)
        {
            var spec = Tenants.Gang((ulong)gang + 1, gang + 1, traits: new WorkloadTraits { Provisioning = Provisioning.Reserved });
            var selection = named && gang > 0 ? Selections.Of(7, 0) : null;
            Assert.Equal(Outcome.Queued, _cluster.Do(new PlaceGangCommand { Gang = spec, Selection = selection, MayPreempt = true, Wait = true }).Outcome);
        }
        Assert.Equal(vain + 1, _cluster.State.Pending.ClassCount);
        var placed = Enumerable.Range(0, 64).Count(cycle =>
        {
            var cluster = _cluster.Fork();
            cluster.Now += cycle;
            cluster.Schedule();
            return cluster.State.Workloads.TryFind(1000, out _);
        });
        Assert.InRange(placed, least, most);
    }

    [Fact]
    public void One_that_lacks_a_single_member_does_not_wait_for_an_equal_one_that_lacks_all()
    {
        _cluster.AddNode("n0");
        _cluster.AddNode("n1");
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Tenants.Gang(2, 2)).Outcome);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(1, 2)).Outcome);
        _cluster.Release(2000);
        _cluster.Bind(900, _cluster.Snapshot().Nodes().Single(node => node.FreeGpuCount == 8).Name, mask: 0xFF);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(2, 2)).Outcome);
        _cluster.Release(900);
        _cluster.Schedule();
        Assert.Equal(new ulong[] { 2000, 2001 }, _cluster.Snapshot().Workloads().Select(workload => workload.Id).Order());
    }

    [Fact]
    public void One_whose_members_were_all_bound_meanwhile_leaves_the_queue_and_lets_the_next_one_through()
    {
        AddFull(2);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(1, 1)).Outcome);
        Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(2, 1)).Outcome);
        _cluster.Release(900);
        _cluster.Release(901);
        var bound = _cluster.Do(new BindCommand { Workload = 1000, Name = "test/w1000", Node = "n0", GpuMask = 0xFF, GpuMilli = 1000, Gang = 1 });
        Assert.Equal(Outcome.Done, bound.Outcome);
        var reply = _cluster.Schedule();
        Assert.Equal((Outcome.Done, 1), (reply.Outcome, reply.Placed()));
        Assert.Equal(new ulong[] { 1000, 2000 }, _cluster.Snapshot().Workloads().Select(workload => workload.Id).Order());
        Assert.Equal(0, _cluster.Snapshot().PendingCount);
    }

    [Fact]
    public void One_with_a_member_that_is_elsewhere_does_not_hold_up_equal_ones()
    {
        AddFull(3);
        _cluster.AddNode("n3");
        _cluster.Bind(903, "n3", mask: 0xFE);
        for (var gang = 1UL; gang <= 5; gang++)
            Assert.Equal(Outcome.Queued, Wait(Tenants.Gang(gang, 1)).Outcome);
        _cluster.Bind(2000, "n3");
        _cluster.Bind(3000, "n3");
        for (var id = 900UL; id <= 902; id++)
            _cluster.Release(id);
        var reply = _cluster.Schedule();
        Assert.Equal((Outcome.Done, 3), (reply.Outcome, reply.Placed()));
        Assert.Equal([2UL, 3UL], _cluster.Snapshot().Pending().Select(job => job.Id).Order());
    }

    [Fact]
    public void One_of_which_a_member_was_bound_while_it_waited_does_not_wait_for_an_equal_one_that_lacks_all()
    {
        AddFull(2);
        for (var gang = 1UL; gang <= 2; gang++)
            _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(gang, 2), Selection = Selections.Of(7, 0, 1), Wait = true });
        _cluster.Release(900);
        _cluster.Do(new BindCommand { Workload = 2000, Name = "test/w2000", Node = "n0", GpuMask = 0xFF, GpuMilli = 1000, Gang = 2 });
        Recount.Check(_cluster);
        _cluster.Release(901);
        foreach (var cluster in new[] { _cluster.Fork(), _cluster })
        {
            cluster.Schedule();
            Assert.Equal(new ulong[] { 2000, 2001 }, cluster.Snapshot().Workloads().Select(workload => workload.Id).Order());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_urgent_request_is_noted_once_when_it_is_taken_even_if_it_has_to_wait(bool gang)
    {
        _cluster.AddNode("n");
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", onDemand: 100, urgent: true)));
        _cluster.Bind(900, "n", mask: 0xFF);
        var traits = new WorkloadTraits { Project = 1, Urgent = true };
        Reply Ask() => gang ? Wait(Tenants.Gang(1, 1, traits: traits)) : _cluster.Place(1000, traits, gpus: 8, wait: true);
        _cluster.Effects.Clear();
        Assert.Equal([Outcome.Queued, Outcome.Queued], new[] { Ask().Outcome, Ask().Outcome });
        _cluster.Release(900);
        Assert.Equal(1, _cluster.Schedule().Placed());
        Assert.Single(_cluster.Effects.All().OfType<Effect.Urgent>());
    }

    private Reply Wait(GangSpec gang) => _cluster.PlaceGang(gang, wait: true);

    /// <summary>Adds nodes from n0 on, each filled by a workload, which count from 900 on.</summary>
    private void AddFull(int nodes)
    {
        for (var node = 0; node < nodes; node++)
        {
            _cluster.AddNode($"n{node}");
            _cluster.Bind(900 + (ulong)node, $"n{node}", mask: 0xFF);
        }
    }
}
