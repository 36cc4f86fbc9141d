using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Explain;

public class ExplainTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void Every_node_is_counted_under_the_first_reason_that_applies()
    {
        _cluster.AddNode("cordoned", cordoned: true);
        _cluster.AddNode("away", reachable: false);
        _cluster.AddNode("other", group: "b");
        _cluster.AddNode("full");
        _cluster.Bind(100, "full", mask: 0xFF);
        _cluster.AddNode("noCpu", cpu: 500);
        _cluster.AddNode("noMemory", memory: 500);
        _cluster.AddNode("sick");
        _cluster.State.Nodes.SetBadGpus(6, 0xFF);
        _cluster.AddNode("held");
        _cluster.State.Nodes.SetQuarantine(7, 1);
        Wait(1, gpus: 8, groups: GroupSet.Of(0));
        Assert.Equal(
            [
                (ReasonCode.Quarantined, 1), (ReasonCode.Cordoned, 1), (ReasonCode.Unreachable, 1), (ReasonCode.WrongGroup, 1),
                (ReasonCode.BadGpus, 1), (ReasonCode.TooFewGpus, 1), (ReasonCode.TooLittleCpu, 1), (ReasonCode.TooLittleMemory, 1),
            ],
            Explain(1).Reasons.Select(reason => (reason.Code, reason.Nodes)));
    }

    [Fact]
    public void A_missing_quota_is_named_with_what_lacks()
    {
        _cluster.AddNode("n");
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 4)));
        _cluster.Place(1, new WorkloadTraits { Project = 1, Provisioning = Provisioning.Reserved }, gpus: 6, wait: true);
        var explanation = Explain(1);
        Assert.Equal(new ReasonCount(ReasonCode.OverQuota, 1, "p", 2000), Assert.Single(explanation.Reasons));
        Assert.Equal((RemedyCode.RaiseQuota, 2000L, "a"), explanation.Remedies[0] is var first ? (first.Code, first.Amount, first.Subject) : default);
    }

    [Theory]
    [InlineData(1UL, 0)]
    [InlineData(0UL, 60)]
    public void One_that_waits_for_its_turn_on_a_node_that_is_kept_needs_no_change(ulong reservation, int seconds)
    {
        var cluster = Booked.Cluster(2);
        var start = cluster.Now + (reservation == 0 ? Booked.Hour : 1);
        cluster.Reserve(1, 1, start, start + Booked.Hour);
        cluster.Bind(900, "n-01", mask: 0xFF);
        cluster.Now++;
        cluster.Run(2, wait: true);
        Assert.Equal(Outcome.Queued, cluster.Run(3, seconds: seconds, reservation: reservation, wait: true).Outcome);
        Assert.Empty(((Explanation)cluster.Do(new ExplainCommand { Workload = 3 }).Detail!).Remedies);
        Assert.NotEmpty(((Explanation)cluster.Do(new ExplainCommand { Workload = 2 }).Detail!).Remedies);
        Assert.Equal(1, cluster.Schedule().Placed());
        Assert.True(cluster.State.Workloads.TryFind(3, out _));
    }

    [Fact]
    public void A_node_is_held_only_for_who_may_not_use_it()
    {
        var cluster = Booked.Cluster(2);
        cluster.Reserve(1, 1, cluster.Now + 1, cluster.Now + Booked.Hour);
        cluster.Bind(900, "n-01", mask: 0xFF);
        cluster.Now++;
        cluster.Run(2, seconds: 60, reservation: 1);
        cluster.Run(3, seconds: 60, reservation: 1, wait: true);
        cluster.Run(4, seconds: 60, wait: true);

        Assert.Equal(new ReasonCount(ReasonCode.TooFewGpus, 2, "", 0), Assert.Single(ReasonsOf(3)));
        Assert.Equal([ReasonCode.HeldForReservation, ReasonCode.TooFewGpus], ReasonsOf(4).Select(reason => reason.Code));

        ImmutableArray<ReasonCount> ReasonsOf(ulong workload) => ((Explanation)cluster.Do(new ExplainCommand { Workload = workload }).Detail!).Reasons;
    }

    /// <summary>What is asked for decides which groups' quotas admit it: a smaller job may run where the whole one may not.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(0)]
    public void Fewer_GPUs_may_run_in_a_group_whose_quota_does_not_take_all_of_them(long quotaOfA)
    {
        _cluster.AddNode("a", group: "a");
        _cluster.AddNode("b", group: "b");
        _cluster.Bind(100, "a", mask: 0b0111_1111);
        _cluster.SetPolicy(Tenants.PolicyOf(new Project("p", "ws", false, [new Quota("a", quotaOfA * 1000, 0, 0), new Quota("b", 2000, 0, 0)])));
        _cluster.Place(1, new WorkloadTraits { Project = 1, Provisioning = Provisioning.Reserved }, gpus: 4, wait: true);
        Assert.Equal(2, Explain(1).Remedies.Single(remedy => remedy.Code == RemedyCode.FewerGpus).Amount);
    }

    [Fact]
    public void A_node_that_more_than_a_repair_keeps_out_is_not_to_be_given_back()
    {
        foreach (var (name, cordoned, reachable) in ((string, bool, bool)[])[("cordoned", true, true), ("away", false, false), ("both", true, false), ("booked", false, true), ("free", false, true)])
            _cluster.AddNode(name, cordoned: cordoned, reachable: reachable);
        _cluster.State.Nodes.SetQuarantine(0, 1);
        _cluster.State.Nodes.SetQuarantine(1, 2);
        Assert.Equal(Outcome.Done, _cluster.Do(new ReserveCommand
        {
            Request = new ReservationRequest(1, "t/r", 0, 0, 2, _cluster.Now + 60_000, _cluster.Now + 120_000, TopologyMode.None, 0),
        }).Outcome);
        _cluster.State.Nodes.SetQuarantine(3, 3);
        _cluster.State.Nodes.SetQuarantine(4, 4);
        Wait(1, gpus: 8);
        Assert.DoesNotContain(Explain(1).Remedies, remedy => remedy.Code == RemedyCode.ReturnNode);
        _cluster.Do(new CancelReservationCommand { Id = 1 });
        Assert.Equal("booked", Explain(1).Remedies.Single(remedy => remedy.Code == RemedyCode.ReturnNode).Subject);
    }

    [Fact]
    public void Nobody_is_to_go_who_makes_no_room()
    {
        _cluster.AddNode("n", gpus: 8, memory: 10_000);
        _cluster.Bind(1, "n", mask: 0b0011_1111, memory: 0);
        _cluster.Bind(2, "n", mask: 0b0100_0000, memory: 9_500);
        Wait(3);
        var remedy = Explain(3).Remedies.Single(remedy => remedy.Code == RemedyCode.FreeNode);
        Assert.Equal(2UL, Assert.Single(remedy.Workloads));
    }

    [Fact]
    public void For_a_share_of_a_GPU_as_many_must_go_as_use_what_the_node_has_lost()
    {
        _cluster.AddNode("n", gpus: 4);
        _cluster.Bind(1, "n", mask: 0b0011);
        _cluster.Bind(2, "n", mask: 0b1100);
        _cluster.AddNode("n", gpus: 2);
        Wait(3, milli: 300);
        Assert.Equal([1UL, 2UL], Explain(3).Remedies.Single(remedy => remedy.Code == RemedyCode.FreeNode).Workloads.Order());
    }

    [Fact]
    public void The_position_counts_who_would_be_looked_at_before()
    {
        _cluster.AddNode("n", gpus: 1);
        _cluster.Place(9);
        Wait(1);
        Wait(2);
        Wait(3, traits: new WorkloadTraits { Provisioning = Provisioning.Reserved });
        Assert.Equal([1, 2, 0], Enumerable.Range(1, 3).Select(id => Explain((ulong)id).Position));
    }

    [Fact]
    public void A_hard_gang_is_told_how_many_nodes_its_largest_domain_lacks()
    {
        _cluster.AddFabric(2, 2, 2);
        _cluster.PlaceGang(Tenants.Gang(1, 3, topology: TopologyMode.Hard, tier: 0), wait: true);
        var explanation = (Explanation)_cluster.Do(new ExplainCommand { Gang = 1 }).Detail!;
        Assert.Contains(new ReasonCount(ReasonCode.DomainTooSmall, 0, "s0-l0", 1), explanation.Reasons);
        Assert.Equal([RemedyCode.AllowTier, RemedyCode.FewerMembers], explanation.Remedies.Select(remedy => remedy.Code));
        Assert.Equal([1L, 2L], explanation.Remedies.Select(remedy => remedy.Amount));
    }

    [Fact]
    public void What_has_a_place_is_explained_by_where_it_is_and_what_it_counts_as()
    {
        _cluster.AddFabric(1, 1, 2);
        _cluster.PlaceGang(Tenants.Gang(1, 2, topology: TopologyMode.Hard));
        var gang = (Explanation)_cluster.Do(new ExplainCommand { Gang = 1 }).Detail!;
        Assert.Equal((false, 2), (gang.IsPending, gang.Seats.Length));
        Assert.Equal([FactCode.Domain, FactCode.Quota], gang.Facts.Select(fact => fact.Code));
        Assert.Contains("share domain s0-l0 of tier 0", gang.Facts[0].Text);
        var member = (Explanation)_cluster.Do(new ExplainCommand { Workload = 1000 }).Detail!;
        Assert.Equal([FactCode.Domain, FactCode.Rule, FactCode.Quota], member.Facts.Select(fact => fact.Code));
        Assert.Contains("8 free GPUs without it", member.Facts[1].Text);
    }

    [Fact]
    public void A_place_in_its_own_reservation_or_until_one_begins_is_explained_by_that()
    {
        _cluster.AddNode("n1");
        _cluster.AddNode("n2");
        _cluster.Do(new ReserveCommand
        {
            Request = new ReservationRequest(1, "t/r", 0, 0, 1, _cluster.Now + 600_000, _cluster.Now + 1_200_000, TopologyMode.None, 0),
        });
        _cluster.Place(1, new WorkloadTraits { ExpectedSeconds = 60 });
        Assert.Equal([FactCode.EndsInTime, FactCode.Rule, FactCode.Quota], CodesOf(1));
        _cluster.Now += 600_000;
        _cluster.Place(2, new WorkloadTraits { Reservation = 1 });
        Assert.Equal([FactCode.OwnReservation, FactCode.Rule, FactCode.Quota], CodesOf(2));
        _cluster.Place(3, new WorkloadTraits());
        Assert.Equal([FactCode.Rule, FactCode.Quota], CodesOf(3));
    }

    [Fact]
    public void A_place_that_others_have_to_leave_names_them_until_they_are_gone()
    {
        _cluster.AddNode("n");
        _cluster.Place(1, new WorkloadTraits { Provisioning = Provisioning.Spot }, gpus: 8);
        _cluster.Do(new PlaceCommand { Workload = 2, Name = "t/w2", GpuCount = 8, Traits = new WorkloadTraits(), MayPreempt = true });
        Assert.Equal([FactCode.OthersGo, FactCode.Rule, FactCode.Quota], CodesOf(2));
        Assert.Contains("test/w1 were told to go", Explain(2).Facts[0].Text);
        _cluster.Release(1);
        Assert.Equal([FactCode.Rule, FactCode.Quota], CodesOf(2));
    }

    [Fact]
    public void A_zone_a_service_and_what_is_borrowed_are_said()
    {
        foreach (var (name, zone) in ((string, ZoneRole)[])[("small", ZoneRole.Small), ("large", ZoneRole.Large)])
            _cluster.Do(new UpsertNodeCommand { Name = name, GpuCount = 1, CpuMilli = 64_000, MemoryMib = 64_000, Group = "a", Reachable = true, Zone = zone });
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("o", reserved: 8), Tenants.Project("p", onDemand: 1)));
        var traits = new WorkloadTraits { Project = 2, Service = 7 };
        _cluster.Place(1, traits);
        _cluster.Place(2, traits);
        Assert.Equal([FactCode.Spread, FactCode.OwnZone, FactCode.Rule, FactCode.Quota], CodesOf(1));
        Assert.Equal([FactCode.Spread, FactCode.OtherZone, FactCode.Rule, FactCode.Borrowed], CodesOf(2));
    }

    [Fact]
    public void What_is_not_known_is_not_found_and_neither_or_both_is_a_wrong_question()
    {
        Assert.Equal(Outcome.NotFound, _cluster.Do(new ExplainCommand { Workload = 5 }).Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Do(new ExplainCommand { Gang = 5 }).Outcome);
        Assert.Equal(Outcome.Invalid, _cluster.Do(new ExplainCommand()).Outcome);
        Assert.Equal(Outcome.Invalid, _cluster.Do(new ExplainCommand { Gang = 5, Workload = 5 }).Outcome);
    }

    private void Wait(ulong id, int gpus = 1, int milli = 1000, GroupSet? groups = null, WorkloadTraits? traits = null)
        => Assert.Equal(Outcome.Queued, _cluster.Do(new PlaceCommand
        {
            Workload = id,
            Name = "t/w",
            GpuCount = gpus,
            GpuMilli = milli,
            CpuMilli = 1000,
            MemoryMib = 1000,
            Groups = groups ?? GroupSet.Any,
            Traits = traits ?? new WorkloadTraits(),
            Wait = true,
        }).Outcome);

    private IEnumerable<FactCode> CodesOf(ulong workload) => Explain(workload).Facts.Select(fact => fact.Code);

    private Explanation Explain(ulong workload) => (Explanation)_cluster.Do(new ExplainCommand { Workload = workload }).Detail!;
}
