using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Budgets that the cluster has no more.</summary>
public class BudgetForgettingTests
{
    private const int Most = 4;

    private readonly Crowd _crowd = new();

    private TestCluster Cluster => _crowd.Cluster;

    public BudgetForgettingTests() => Cluster.State.Budgets.Most = Most;

    [Fact]
    public void A_budget_for_each_job_never_fills_the_table()
    {
        for (var job = 0; job < 10 * Most; job++)
        {
            Assert.Equal(Outcome.Done, Cluster.Do(new SetBudgetCommand { Name = $"test/job-{job}", Allowed = 1 }).Outcome);
            Remove($"test/job-{job}");
            Cluster.Now += BudgetForgetting.KeptFor;
        }
        Assert.Equal(Most, Cluster.Snapshot().Budgets.Length);
    }

    [Fact]
    public void As_many_gone_ones_as_are_looked_for_at_a_time_are_forgotten_before_the_table_is_full()
    {
        Cluster.State.Budgets.Most = BudgetTable.MaxBudgets;
        for (var job = 0; job < 10 * BudgetForgetting.Batch; job++)
        {
            _crowd.Budget($"test/job-{job}", 1);
            Remove($"test/job-{job}");
            Cluster.Now += BudgetForgetting.KeptFor;
        }
        Assert.InRange(Cluster.Snapshot().Budgets.Length, 1, BudgetForgetting.Batch);
    }

    [Fact]
    public void A_budget_keeps_its_index_as_long_as_anybody_is_under_it()
    {
        _crowd.Nodes(2, gpus: 1);
        Fill();
        _crowd.Runs(1, "n0", 1, budget: 0);
        _crowd.Runs(2, "n1", 1, Provisioning.Reserved);
        Wait(3, budget: 1);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
        foreach (var budget in (int[])[0, 1, 3])
            Remove($"test/{budget}");
        Cluster.Now += BudgetForgetting.KeptFor;
        // The first has one that has yet to go, the second one that waits, and the cluster has the third.
        Assert.Equal(3, _crowd.Budget("test/new", 1));
        Assert.Equal(Outcome.Invalid, Cluster.Do(new SetBudgetCommand { Name = "test/more", Allowed = 1 }).Outcome);
        Cluster.Release(1);
        Assert.Equal(0, _crowd.Budget("test/more", 1));
        Assert.Equal(["test/more", "test/1", "test/2", "test/new"], Cluster.Snapshot().Budgets.Select(budget => budget.Name));
        Assert.Equal(new Budget("test/more", 1, 0), Cluster.Snapshot().Budgets[0]);
    }

    [Fact]
    public void A_budget_that_has_just_gone_keeps_its_index_for_commands_on_their_way()
    {
        Fill();
        Remove("test/0");
        Cluster.Now += BudgetForgetting.KeptFor - 1;
        Assert.Equal(Outcome.Invalid, Cluster.Do(new SetBudgetCommand { Name = "test/new", Allowed = 1 }).Outcome);
        Cluster.Now++;
        Assert.Equal(0, _crowd.Budget("test/new", 1));
    }

    [Fact]
    public void One_that_comes_back_has_its_index_and_is_kept()
    {
        Fill();
        Remove("test/1");
        Assert.True(Cluster.Snapshot().Budgets[1].IsGone);
        Assert.Equal(1, _crowd.Budget("test/1", 1));
        Assert.False(Cluster.Snapshot().Budgets[1].IsGone);
        Cluster.Now += BudgetForgetting.KeptFor;
        Assert.Equal(Outcome.Invalid, Cluster.Do(new SetBudgetCommand { Name = "test/new", Allowed = 1 }).Outcome);
    }

    [Fact]
    public void Nobody_can_be_under_one_that_is_forgotten()
    {
        Cluster.State.Budgets.Most = 1;
        _crowd.Nodes(1, gpus: 8);
        _crowd.Budget("test/a", 1);
        Remove("test/a");
        Cluster.Now += BudgetForgetting.KeptFor;
        BudgetForgetting.Forget(Cluster.State, Cluster.Now);
        Assert.False(Cluster.State.Budgets.Knows(0));
        Assert.False(Cluster.State.Budgets.TryFind("test/a", out _));
        Assert.False(Cluster.State.Budgets.TryFind("", out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_restored_table_goes_on_as_it_would_have(int forgotten)
    {
        Fill();
        Remove($"test/{forgotten}");
        Cluster.Now += BudgetForgetting.KeptFor;
        BudgetForgetting.Forget(Cluster.State, Cluster.Now);
        Remove("test/2");
        var restored = Cluster.Fork();
        restored.State.Budgets.Most = Most;
        Assert.Equal(Cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
        foreach (var cluster in (TestCluster[])[Cluster, restored])
        {
            Assert.Equal(forgotten, cluster.Do(new SetBudgetCommand { Name = "test/new", Allowed = 3 }).Detail);
            cluster.Now += BudgetForgetting.KeptFor;
            Assert.Equal(2, cluster.Do(new SetBudgetCommand { Name = "test/newer", Allowed = 3 }).Detail);
        }
        Assert.Equal(Cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
    }

    [Fact]
    public void The_command_reads_back_as_it_was_written()
    {
        var writer = new CommandWriter(new byte[64]);
        CommandCodec.Write(ref writer, new RemoveBudgetCommand { Name = "test/pdb" }, 42);
        Assert.Equal("test/pdb", Assert.IsType<RemoveBudgetCommand>(new CommandCodec().Read(writer.Written, out var now)).Name);
        Assert.Equal(42, now);
        Assert.Equal(Outcome.Invalid, Cluster.Do(new RemoveBudgetCommand()).Outcome);
        Assert.Equal(Outcome.Unchanged, Cluster.Do(new RemoveBudgetCommand { Name = "test/none" }).Outcome);
    }

    private void Fill()
    {
        for (var budget = 0; budget < Most; budget++)
            Assert.Equal(budget, _crowd.Budget($"test/{budget}", 1));
    }

    private void Remove(string name) => Assert.Equal(Outcome.Done, Cluster.Do(new RemoveBudgetCommand { Name = name }).Outcome);

    private void Wait(ulong id, int budget) => Assert.Equal(Outcome.Queued, Cluster.Do(new PlaceCommand
    {
        Workload = id,
        Name = $"test/w{id}",
        GpuCount = 8,
        GpuMilli = 1000,
        Traits = new WorkloadTraits { Budget = budget },
        Wait = true,
    }).Outcome);
}
