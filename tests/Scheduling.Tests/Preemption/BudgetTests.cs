using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Reservations;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Disruption budgets.</summary>
public class BudgetTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void Who_is_under_a_budget_that_allows_nothing_stays()
    {
        var budget = _crowd.Budget("test/pdb", 0);
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1, budget: budget);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(1).Outcome);
    }

    [Fact]
    public void A_policy_can_override_budgets()
    {
        _crowd.Policy(new PreemptionRules { OverrideBudgets = true });
        var budget = _crowd.Budget("test/pdb", 0);
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1, budget: budget);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
        Assert.Equal(new Budget("test/pdb", 0, 1), Assert.Single(_crowd.Cluster.Snapshot().Budgets));
    }

    [Fact]
    public void Who_comes_back_under_another_budget_and_has_to_go_again_is_charged_to_that_one_alone()
    {
        var (first, second) = (_crowd.Budget("test/first", 1), _crowd.Budget("test/second", 1));
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, budget: first);
        _crowd.Runs(2, "n1", 1, Provisioning.Reserved);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
        _crowd.Cluster.Release(2);
        _crowd.Runs(1, "n1", 1, budget: second);
        Assert.Equal(Outcome.Done, _crowd.Comes(1, id: Crowd.Newcomer + 1).Outcome);
        Assert.Equal([0, 1], _crowd.Cluster.Snapshot().Budgets.Select(budget => budget.Taken));
    }

    [Fact]
    public void One_plan_takes_no_more_than_a_budget_allows()
    {
        var budget = _crowd.Budget("test/pdb", 1);
        _crowd.Nodes(1, gpus: 4);
        _crowd.Runs(1, "n0", 1, budget: budget);
        _crowd.Runs(2, "n0", 2, budget: budget);
        _crowd.Runs(3, "n0", 4, Provisioning.OnDemand, Category.Serving);
        _crowd.Runs(4, "n0", 8, Provisioning.Reserved);
        _crowd.Comes(2);
        Assert.Equal(2, _crowd.EvictedIds.Length);
        Assert.Equal(3UL, _crowd.EvictedIds[1]);
    }

    [Fact]
    public void A_taken_disruption_counts_until_the_victim_is_gone()
    {
        var budget = _crowd.Budget("test/pdb", 1);
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, budget: budget);
        _crowd.Runs(2, "n1", 1, budget: budget);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
        Assert.Equal(Outcome.NoFit, _crowd.GangComes(1, 1, id: 7).Outcome);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Release(_crowd.EvictedIds[0]).Outcome);
        Assert.Equal(Outcome.NotFound, _crowd.Cluster.Release(_crowd.EvictedIds[0]).Outcome);
        Assert.Equal(Outcome.Done, _crowd.GangComes(1, 1, id: 7).Outcome);
    }

    [Fact]
    public void A_reservation_that_has_somebody_go_takes_a_disruption_once()
    {
        var budget = _crowd.Budget("test/pdb", 5);
        _crowd.Nodes(1);
        _crowd.Runs(1, "n0", 1, budget: budget);
        var start = _crowd.Cluster.Now + 60_000;
        Assert.Equal(Outcome.Done, _crowd.Cluster.Reserve(1, 1, start, start + 60_000).Outcome);
        _crowd.Cluster.Sweep();
        Assert.Equal((1, 4), (_crowd.Evicted.Count(), _crowd.Cluster.State.Budgets.Left(budget)));
        _crowd.Pass(60);
        _crowd.Cluster.Sweep();
        Assert.Equal((2, 4), (_crowd.Evicted.Count(), _crowd.Cluster.State.Budgets.Left(budget)));
        _crowd.Cluster.Release(1);
        Assert.Equal(5, _crowd.Cluster.State.Budgets.Left(budget));
    }

    [Fact]
    public void A_gang_that_breaks_up_takes_a_disruption_for_each_member_that_ran()
    {
        var budget = _crowd.Budget("test/pdb", 5);
        _crowd.Nodes(2);
        var gang = Crowd.Gang(7, 2, 8, Provisioning.OnDemand);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang with { Traits = gang.Traits with { Budget = budget } } }).Outcome);
        _crowd.Cluster.Confirm(701);
        _crowd.Pass(300);
        _crowd.Cluster.Sweep();
        Assert.Equal([701UL], _crowd.EvictedIds);
        Assert.Equal(4, _crowd.Cluster.State.Budgets.Left(budget));
    }

    [Fact]
    public void A_budget_that_is_told_anew_has_counted_who_went()
    {
        var budget = _crowd.Budget("test/pdb", 1);
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1, budget: budget);
        _crowd.Comes(1);
        Assert.Equal(0, _crowd.Cluster.State.Budgets.Left(budget));
        Assert.Equal(budget, _crowd.Budget("test/pdb", 3));
        Assert.Equal(3, _crowd.Cluster.State.Budgets.Left(budget));
        _crowd.Cluster.Release(1);
        Assert.Equal(3, _crowd.Cluster.State.Budgets.Left(budget));
    }

    [Fact]
    public void The_same_told_twice_changes_nothing()
    {
        _crowd.Budget("test/pdb", 1);
        Assert.Equal(Outcome.Unchanged, _crowd.Cluster.Do(new SetBudgetCommand { Name = "test/pdb", Allowed = 1 }).Outcome);
    }

    [Theory]
    [InlineData("", 1, "Name")]
    [InlineData("test/pdb", -1, "Allowed")]
    [InlineData("test/pdb", BudgetTable.MaxAllowed + 1, "Allowed")]
    public void A_wrong_budget_is_refused_by_the_name_of_the_field(string name, int allowed, string field)
    {
        var reply = _crowd.Cluster.Do(new SetBudgetCommand { Name = name, Allowed = allowed });
        Assert.Equal(Outcome.Invalid, reply.Outcome);
        Assert.StartsWith(field + ":", (string)reply.Detail!);
    }

    [Fact]
    public void A_budget_that_nobody_told_is_not_found()
    {
        _crowd.Nodes(1);
        var traits = new WorkloadTraits { Budget = 0 };
        Assert.StartsWith("Budget:", Refusal(new PlaceCommand { Workload = 1, GpuCount = 1, Traits = traits }));
        Assert.StartsWith("Budget:", Refusal(new BindCommand { Workload = 1, Node = "n0", Traits = traits }));
        Assert.StartsWith("Budget:", Refusal(new PlaceGangCommand { Gang = Crowd.Gang(1, 1, 1, Provisioning.Spot) with { Traits = traits } }));
    }

    [Fact]
    public void The_journal_keeps_what_was_told()
    {
        var writer = new CommandWriter(new byte[64]);
        CommandCodec.Write(ref writer, new SetBudgetCommand { Name = "test/pdb", Allowed = 7 }, 42);
        var read = Assert.IsType<SetBudgetCommand>(new CommandCodec().Read(writer.Written, out var now));
        Assert.Equal(("test/pdb", 7, 42L), (read.Name, read.Allowed, now));
    }

    private string Refusal(Command command)
    {
        var reply = _crowd.Cluster.Do(command);
        Assert.Equal(Outcome.NotFound, reply.Outcome);
        return (string)reply.Detail!;
    }
}
