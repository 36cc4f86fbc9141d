using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

/// <summary>A node takes only so many workloads, however small they are: the fourth resource beside GPUs, CPU and memory.</summary>
public class WorkloadLimitTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_full_node_gets_nothing_more_not_even_what_asks_for_nothing()
    {
        _cluster.AddNode("small", maxWorkloads: 2);
        _cluster.AddNode("none", maxWorkloads: 0);
        Assert.Equal(0, _cluster.Place(1, gpus: 0, cpu: 0, memory: 0).Node);
        Assert.Equal(0, _cluster.Place(2, milli: 500).Node);
        Assert.Equal(Outcome.NoFit, _cluster.Place(3, milli: 500).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Place(3, gpus: 0, cpu: 0, memory: 0).Outcome);
        _cluster.Release(1);
        Assert.Equal(Outcome.Done, _cluster.Place(3).Outcome);
        Assert.Equal((2, 2), (_cluster.Node("small").WorkloadCount, _cluster.Node("small").MaxWorkloads));
    }

    [Fact]
    public void A_node_that_says_nothing_of_it_takes_as_many_as_fit()
    {
        _cluster.Do(new UpsertNodeCommand { Name = "n" });
        for (var id = 1UL; id <= 1_000; id++)
            Assert.Equal(Outcome.Done, _cluster.Place(id, gpus: 0, cpu: 0, memory: 0).Outcome);
    }

    [Fact]
    public void Another_limit_counts_at_once_and_a_negative_one_is_refused()
    {
        _cluster.AddNode("n", maxWorkloads: 1);
        _cluster.Place(1);
        Assert.True(_cluster.AddNode("n", maxWorkloads: 2).Changed);
        Assert.Equal(Outcome.Done, _cluster.Place(2).Outcome);
        _cluster.AddNode("n", maxWorkloads: 1);
        _cluster.Release(1);
        Assert.Equal(Outcome.NoFit, _cluster.Place(3).Outcome);
        Assert.StartsWith("MaxWorkloads:", (string)_cluster.AddNode("n", maxWorkloads: -1).Detail!);
    }

    [Fact]
    public void What_the_cluster_puts_there_beyond_the_limit_counts_and_ends_the_newest_assumption()
    {
        _cluster.AddNode("n", maxWorkloads: 2);
        _cluster.Place(1);
        _cluster.Place(2);
        Assert.Equal(Outcome.Done, _cluster.Bind(3, "n", mask: 0, cpu: 0, memory: 0).Outcome);
        Assert.Equal(2UL, Assert.Single(_cluster.Effects.All().OfType<Effect.AssumptionExpired>()).Workload);
        _cluster.Confirm(1);
        _cluster.Bind(4, "n", mask: 0, cpu: 0, memory: 0);
        Assert.Equal(3, _cluster.Node("n").WorkloadCount);
        _cluster.Release(4);
        Assert.Equal(Outcome.NoFit, _cluster.Place(2).Outcome);
    }

    [Fact]
    public void A_gang_leaves_nodes_out_that_are_full_and_goes_where_all_its_members_may_be()
    {
        _cluster.AddFabric(1, 2, 2);
        _cluster.AddNode("s0-l0-n0", maxWorkloads: 1);
        _cluster.AddNode("s0-l0-n1", maxWorkloads: 2);
        var placed = (GangPlacement)_cluster.PlaceGang(Tenants.Gang(1, 4, gpus: 1, topology: TopologyMode.Hard)).Detail!;
        Assert.All(placed.Seats, seat => Assert.StartsWith("s0-l1", seat.Node));
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Tenants.Gang(2, 3, gpus: 0)).Outcome);
        _cluster.AddNode("s0-l1-n0", maxWorkloads: 0);
        _cluster.AddNode("s0-l1-n1", maxWorkloads: 0);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Tenants.Gang(3, 4, gpus: 0)).Outcome);
    }

    [Fact]
    public void On_a_node_that_is_full_the_cheapest_workload_makes_room_though_GPUs_are_free()
    {
        _cluster.AddNode("n", maxWorkloads: 3);
        _cluster.Bind(1, "n", mask: 0b1);
        _cluster.Bind(2, "n", mask: 0b10, milli: 100);
        _cluster.Bind(3, "n", mask: 0b1100);
        var reserved = new WorkloadTraits { Provisioning = Provisioning.Reserved };
        var reply = _cluster.Do(new PlaceCommand { Workload = 9, Name = "test/w9", GpuCount = 1, Traits = reserved, MayPreempt = true });
        Assert.Equal([2UL], Assert.IsType<Nomination>(reply.Detail).Evictions.Victims.Select(victim => victim.Id));
        Assert.Equal(3, _cluster.Node("n").WorkloadCount);
    }

    [Fact]
    public void Backfill_and_a_reservations_own_workloads_keep_to_the_limit_too()
    {
        _cluster.AddNode("n", maxWorkloads: 1);
        var start = _cluster.Now + 60_000;
        Assert.Equal(Outcome.Done, _cluster.Do(new ReserveCommand { Request = new(1, "r", 0, 0, 1, start, start + 600_000, TopologyMode.None, 0) }).Outcome);
        var fits = new WorkloadTraits { ExpectedSeconds = 30 };
        Assert.Equal(Outcome.Done, _cluster.Place(1, fits).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Place(2, fits).Outcome);
        _cluster.Release(1);
        (_cluster.Now, var own) = (start, new WorkloadTraits { Reservation = 1 });
        Assert.Equal(Outcome.Done, _cluster.Place(3, own).Outcome);
        Assert.Equal(Outcome.NoFit, _cluster.Place(4, own).Outcome);
    }

    [Fact]
    public void A_job_is_expected_to_start_when_the_first_workload_of_a_full_node_ends()
    {
        _cluster.AddNode("n", maxWorkloads: 2);
        _cluster.Place(1, new WorkloadTraits { ExpectedSeconds = 100 });
        _cluster.Place(2, new WorkloadTraits { ExpectedSeconds = 50 });
        var job = new PendingJob(1, 3, "test/w3", new WorkloadTraits(), new Shape(1, 1000, 0, 0, GroupSet.Any), null, false, "", _cluster.Now);
        Assert.Equal(_cluster.Now + 50_000, EarliestStart.Of(_cluster.State, job, _cluster.Now).At);
    }

    [Fact]
    public void Who_waits_is_told_that_the_nodes_are_full_and_who_would_have_to_go()
    {
        _cluster.AddNode("n", maxWorkloads: 1);
        _cluster.AddNode("none", maxWorkloads: 0);
        _cluster.Place(1);
        _cluster.Do(new PlaceCommand { Workload = 2, Name = "test/w2", GpuCount = 1, Wait = true });
        var explanation = (Explanation)_cluster.Do(new ExplainCommand { Workload = 2 }).Detail!;
        Assert.Equal(new ReasonCount(ReasonCode.TooManyWorkloads, 2, "", 0), Assert.Single(explanation.Reasons));
        var remedy = Assert.Single(explanation.Remedies);
        Assert.Equal((RemedyCode.FreeNode, "n", 1UL), (remedy.Code, remedy.Subject, Assert.Single(remedy.Workloads)));
        var nodes = new NodeSet();
        nodes.Add(0);
        nodes.Add(1);
        var survey = _cluster.Do(new SurveyCommand { Shape = new Shape(1, 1000, 0, 0, GroupSet.Any), Traits = new WorkloadTraits(), Candidates = nodes });
        Assert.Equal(
            [new NodeVerdict(ReasonCode.TooManyWorkloads, Curable: true), new NodeVerdict(ReasonCode.TooManyWorkloads, Curable: false)],
            ((NodeVerdicts)survey.Detail!).ByNode.AsEnumerable());
    }

    [Fact]
    public void Watchers_see_that_a_workload_without_requests_has_come()
    {
        _cluster.AddNode("n", maxWorkloads: 5);
        var before = _cluster.Snapshot();
        _cluster.Place(1, gpus: 0, cpu: 0, memory: 0);
        Assert.Equal(1, Assert.Single(_cluster.Snapshot().NodesChangedSince(before).Changed).WorkloadCount);
    }
}
