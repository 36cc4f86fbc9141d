using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Tenancy;

public class QuotaTests
{
    private readonly TestCluster _cluster = new();

    public QuotaTests()
    {
        _cluster.AddNode("n1", gpus: 8);
        _cluster.AddNode("n2", gpus: 8);
    }

    [Fact]
    public void Without_a_policy_everything_is_taken()
        => Assert.Equal(Outcome.Done, _cluster.Place(1, new WorkloadTraits { Provisioning = Provisioning.Reserved }, gpus: 8).Outcome);

    [Fact]
    public void Under_a_policy_a_workload_must_name_a_project_of_it()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", onDemand: 8)));
        var reply = _cluster.Place(1, new WorkloadTraits());
        Assert.Equal(Outcome.NotFound, reply.Outcome);
        Assert.StartsWith("Project:", (string)reply.Detail!);
        Assert.Equal(Outcome.NotFound, _cluster.Place(1, new WorkloadTraits { Project = 99 }).Outcome);
    }

    [Fact]
    public void Reserved_is_taken_up_to_the_quota_and_not_beyond()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 4)));
        Assert.Equal(Outcome.Done, Place(1, "p", Provisioning.Reserved, 3));
        Assert.Equal(Outcome.OverQuota, Place(2, "p", Provisioning.Reserved, 2));
        Assert.Equal(Outcome.Done, Place(2, "p", Provisioning.Reserved, 1));
        _cluster.Release(1);
        Assert.Equal(Outcome.Done, Place(3, "p", Provisioning.Reserved, 3));
    }

    [Fact]
    public void OnDemand_beyond_its_limit_borrows_what_others_have_reserved_and_do_not_use()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("owner", reserved: 4), Tenants.Project("p", onDemand: 2)));
        Assert.Equal(Outcome.Done, Place(1, "p", Provisioning.OnDemand, 2));
        Assert.Equal(UsageKind.OnDemand, KindOf(1));
        Assert.Equal(Outcome.Done, Place(2, "p", Provisioning.OnDemand, 4));
        Assert.Equal(UsageKind.Borrowed, KindOf(2));
        Assert.Equal(Outcome.OverQuota, Place(3, "p", Provisioning.OnDemand, 1));
        _cluster.Release(2);
        Place(4, "owner", Provisioning.Reserved, 3);
        Assert.Equal(Outcome.OverQuota, Place(5, "p", Provisioning.OnDemand, 2));
        Assert.Equal(Outcome.Done, Place(5, "p", Provisioning.OnDemand, 1));
    }

    [Fact]
    public void What_is_borrowed_counts_as_the_projects_own_once_its_quota_has_room_the_longest_running_first()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("owner", reserved: 8), Tenants.Project("p", onDemand: 4)));
        Place(1, "p", Provisioning.OnDemand, 4);
        foreach (var (id, gpus) in ((ulong, int)[])[(5, 3), (4, 2), (3, 1)])
        {
            _cluster.Now++;
            Place(id, "p", Provisioning.OnDemand, gpus);
            _cluster.Confirm(id);
        }
        _cluster.Sweep();
        Assert.Equal([UsageKind.Borrowed, UsageKind.Borrowed, UsageKind.Borrowed], new ulong[] { 3, 4, 5 }.Select(KindOf));
        _cluster.Release(1);
        Assert.Equal(Outcome.Done, _cluster.Sweep().Outcome);
        // The three of workload 5, then no room for the two of 4, then the one of 3.
        Assert.Equal([UsageKind.OnDemand, UsageKind.Borrowed, UsageKind.OnDemand], new ulong[] { 3, 4, 5 }.Select(KindOf));
        Assert.Equal(Outcome.Unchanged, _cluster.Sweep().Outcome);
        Assert.Equal(Outcome.Done, Place(6, "p", Provisioning.OnDemand, 6));
        Assert.Equal(UsageKind.Borrowed, KindOf(6));
        Assert.Equal(Outcome.OverQuota, Place(7, "p", Provisioning.OnDemand, 1));
    }

    [Fact]
    public void Room_that_a_reservation_makes_by_its_start_is_used_in_the_same_sweep()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("owner", reserved: 16), Tenants.Project("p", onDemand: 8)));
        Place(1, "p", Provisioning.OnDemand, 8);
        Place(2, "p", Provisioning.OnDemand, 8);
        _cluster.Confirm(1);
        _cluster.Confirm(2);
        Assert.Equal([UsageKind.OnDemand, UsageKind.Borrowed], new ulong[] { 1, 2 }.Select(KindOf));
        var start = _cluster.Now + Booked.Hour;
        Assert.Equal(Outcome.Done, _cluster.Reserve(Booked.Request(1, 1, start, start + Booked.Hour, _cluster.ProjectIndex("owner"))).Outcome);
        _cluster.Now = start;
        _cluster.Sweep();
        Assert.Equal([(2UL, UsageKind.OnDemand)], _cluster.Snapshot().Workloads().Select(w => (w.Id, w.Kind)));
    }

    [Fact]
    public void What_is_borrowed_on_a_node_without_a_group_counts_as_the_projects_own_in_the_same_way()
    {
        _cluster.State.Nodes.MostGroups = 1;
        _cluster.AddNode("n3", group: "more");
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("owner", reserved: 4), Tenants.Project("p", onDemand: 2)));
        Bind(1, 0b0011);
        Bind(2, 0b1100);
        Assert.Equal([UsageKind.OnDemand, UsageKind.Borrowed], new ulong[] { 1, 2 }.Select(KindOf));
        _cluster.Release(1);
        _cluster.Sweep();
        Assert.Equal(UsageKind.OnDemand, KindOf(2));

        void Bind(ulong id, uint mask) => _cluster.Do(new BindCommand
        {
            Workload = id,
            Name = $"test/w{id}",
            Node = "n3",
            GpuMask = mask,
            GpuMilli = 1000,
            Traits = new WorkloadTraits { Project = _cluster.ProjectIndex("p"), Provisioning = Provisioning.OnDemand },
        });
    }

    [Fact]
    public void What_counts_as_the_projects_own_again_is_not_evicted_for_OnDemand_any_more()
    {
        _cluster.Remove("n2");
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("owner", reserved: 8), Tenants.Project("p", onDemand: 4), Tenants.Project("q", onDemand: 8)));
        Place(1, "p", Provisioning.OnDemand, 4);
        Place(2, "p", Provisioning.OnDemand, 4);
        _cluster.Release(1);
        _cluster.Sweep();
        Place(3, "q", Provisioning.Spot, 4);
        var wants = new PlaceCommand
        {
            Workload = 4,
            Name = "test/w4",
            GpuCount = 8,
            CpuMilli = 1000,
            MemoryMib = 1000,
            Traits = new WorkloadTraits { Project = _cluster.ProjectIndex("q"), Provisioning = Provisioning.OnDemand },
            MayPreempt = true,
        };
        Assert.Equal(Outcome.NoFit, _cluster.Do(wants).Outcome);
    }

    [Fact]
    public void Spot_takes_any_idle_GPU_unless_it_is_limited()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("free"), Tenants.Project("kept", spot: 1)));
        Assert.Equal(Outcome.Done, Place(1, "free", Provisioning.Spot, 8));
        Assert.Equal(Outcome.OverQuota, Place(2, "kept", Provisioning.Spot, 2));
        Assert.Equal(Outcome.Done, Place(2, "kept", Provisioning.Spot, 1));
    }

    [Fact]
    public void A_quota_counts_for_its_own_group_and_where_one_group_has_none_left_another_does()
    {
        _cluster.AddNode("b1", gpus: 8, group: "b");
        var project = new Project("p", "ws", false, [new Quota("a", 1000, 0, -1), new Quota("b", 2000, 0, -1)]);
        _cluster.SetPolicy(Tenants.PolicyOf(project));
        Assert.Equal(Outcome.Done, Place(1, "p", Provisioning.Reserved, 2));
        Assert.Equal("b1", _cluster.Snapshot().Workloads().Single(w => w.Id == 1) is var w && _cluster.Snapshot().TryGetNode(w.Node, out var node) ? node.Name : "");
        Assert.Equal(Outcome.OverQuota, Place(2, "p", Provisioning.Reserved, 2));
    }

    [Fact]
    public void A_workload_without_GPUs_needs_no_quota()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p")));
        Assert.Equal(Outcome.Done, Place(1, "p", Provisioning.Reserved, 0));
    }

    [Fact]
    public void Urgency_needs_the_projects_permission_and_leaves_a_line_for_the_audit()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("calm", onDemand: 8), Tenants.Project("hasty", onDemand: 8, urgent: true)));
        var refused = _cluster.Place(1, new WorkloadTraits { Project = _cluster.ProjectIndex("calm"), Urgent = true });
        Assert.Equal(Outcome.Forbidden, refused.Outcome);
        Assert.StartsWith("Urgent:", (string)refused.Detail!);
        _cluster.Effects.Clear();
        _cluster.Do(new PlaceCommand { Workload = 2, Name = "t/w2", GpuCount = 1, Actor = "kim", Traits = new() { Project = _cluster.ProjectIndex("hasty"), Urgent = true } });
        Assert.Equal(new Effect.Urgent(2, "t/w2", "hasty", "kim"), _cluster.Effects[0]);
    }

    [Fact]
    public void A_new_policy_keeps_what_runs_and_counts_it()
    {
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 4)));
        Place(1, "p", Provisioning.Reserved, 4);
        Assert.Equal(Outcome.Done, _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 2), Tenants.Project("q", reserved: 8))).Outcome);
        Assert.Equal(Outcome.OverQuota, Place(2, "p", Provisioning.Reserved, 1));
        Assert.Equal(Outcome.Done, Place(2, "q", Provisioning.Reserved, 8));
        Recount.Check(_cluster);
    }

    [Fact]
    public void The_same_policy_again_changes_nothing_and_a_wrong_one_names_the_field()
    {
        var policy = Tenants.PolicyOf(Tenants.Project("p", reserved: 4));
        _cluster.SetPolicy(policy);
        Assert.Equal(Outcome.Unchanged, _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 4))).Outcome);
        var wrong = _cluster.SetPolicy(policy with { Spread = new SpreadRules(0) });
        Assert.Equal(Outcome.Invalid, wrong.Outcome);
        Assert.StartsWith("spread.minNodes:", (string)wrong.Detail!);
        var negative = _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: -4)));
        Assert.StartsWith("projects[p].quotas[*].reserved:", (string)negative.Detail!);
    }

    private Outcome Place(ulong id, string project, Provisioning provisioning, int gpus)
        => _cluster.Place(id, new WorkloadTraits { Project = _cluster.ProjectIndex(project), Provisioning = provisioning }, gpus).Outcome;

    private UsageKind KindOf(ulong id) => _cluster.Snapshot().Workloads().Single(w => w.Id == id).Kind;
}
