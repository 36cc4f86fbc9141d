using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

/// <summary>The same id again: a repeat is answered with what is so, anything else is refused.</summary>
public class RepeatTests
{
    private readonly TestCluster _cluster = new();

    public RepeatTests()
    {
        _cluster.AddNode("a1", group: "a");
        _cluster.AddNode("b1", group: "b");
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", onDemand: -1), Tenants.Project("q", onDemand: -1)));
    }

    public static TheoryData<string, Action<PlaceCommand>> Others => new()
    {
        { "GPUs", command => command.GpuCount = 2 },
        { "a share", command => command.GpuMilli = 500 },
        { "CPU", command => command.CpuMilli = 2 },
        { "memory", command => command.MemoryMib = 2 },
        { "machine groups", command => command.Groups = GroupSet.Of(1) },
        { "project", command => command.Traits = command.Traits with { Project = 2 } },
        { "provisioning", command => command.Traits = command.Traits with { Provisioning = Provisioning.Spot } },
        { "category", command => command.Traits = command.Traits with { Category = Category.Serving } },
        { "purpose", command => command.Traits = command.Traits with { Purpose = Purpose.Test } },
        { "urgency", command => command.Traits = command.Traits with { Urgent = true } },
        { "reservation", command => command.Traits = command.Traits with { Reservation = 3 } },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void A_placed_workload_is_not_placed_as_another(string what, Action<PlaceCommand> change)
    {
        Assert.Equal(Outcome.Done, _cluster.Do(Place()).Outcome);
        AssertRefused(what, () => Place(change), Outcome.Unchanged);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void A_waiting_workload_does_not_wait_as_another(string what, Action<PlaceCommand> change)
    {
        _cluster.State.Nodes.SetQuarantine(0, 1);
        _cluster.State.Nodes.SetQuarantine(1, 1);
        Assert.Equal(Outcome.Queued, _cluster.Do(Place()).Outcome);
        AssertRefused(what, () => Place(change), Outcome.Queued);
    }

    [Fact]
    public void A_waiting_workload_says_better_how_long_it_runs_and_keeps_its_turn()
    {
        _cluster.State.Nodes.SetQuarantine(0, 1);
        _cluster.State.Nodes.SetQuarantine(1, 1);
        var budget = (int)_cluster.Do(new SetBudgetCommand { Name = "test/pdb", Allowed = 1 }).Detail!;
        Assert.Equal(Outcome.Queued, _cluster.Do(Place()).Outcome);
        var before = Assert.Single(_cluster.Snapshot().Pending());

        var again = _cluster.Do(Better(budget));
        Assert.Equal((Outcome.Queued, true), (again.Outcome, again.Changed));
        Assert.False(_cluster.Do(Better(budget)).Changed);
        Assert.Equal(Outcome.NotFound, _cluster.Do(Better(budget + 1)).Outcome);
        var job = Assert.Single(_cluster.Snapshot().Pending());
        Assert.Equal((before.Sequence, before.SubmittedAt), (job.Sequence, job.SubmittedAt));
        Assert.Equal((60, 5UL, budget), (job.Traits.ExpectedSeconds, job.Traits.Service, job.Traits.Budget));

        static PlaceCommand Better(int budget)
            => Place(command => command.Traits = command.Traits with { ExpectedSeconds = 60, Service = 5, Budget = budget });
    }

    [Fact]
    public void A_workload_without_GPUs_has_no_share_to_differ_in()
    {
        Assert.Equal(Outcome.Done, _cluster.Do(Place(command => command.GpuCount = 0)).Outcome);
        Assert.Equal(Outcome.Unchanged, _cluster.Do(Place(command => (command.GpuCount, command.GpuMilli) = (0, 1))).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_gang_grows_but_keeps_its_shapes_and_project(bool waiting)
    {
        _cluster.State.Nodes.SetQuarantine(0, waiting ? 1 : 0);
        _cluster.State.Nodes.SetQuarantine(1, waiting ? 1 : 0);
        var (first, again) = waiting ? (Outcome.Queued, Outcome.Queued) : (Outcome.Done, Outcome.Unchanged);
        Assert.Equal(first, _cluster.Do(Gang(1, 2)).Outcome);
        Assert.Equal(again, _cluster.Do(Gang(1, 2)).Outcome);

        Assert.Equal(Outcome.AlreadyExists, _cluster.Do(Gang(2, 2)).Outcome);
        Assert.Equal(Outcome.AlreadyExists, _cluster.Do(Gang(1, 2, project: 2)).Outcome);
        Assert.Equal(first, _cluster.Do(Gang(1, 3)).Outcome);
    }

    private void AssertRefused(string what, Func<PlaceCommand> other, Outcome repeat)
    {
        var before = _cluster.Snapshot().ImageHash();
        var refused = _cluster.Do(other());
        Assert.Equal((Outcome.AlreadyExists, false, what), (refused.Outcome, refused.Changed, what));
        Assert.StartsWith("Workload: 7 ", (string)refused.Detail!, StringComparison.Ordinal);
        Assert.Equal(before, _cluster.Snapshot().ImageHash());
        Assert.Equal(repeat, _cluster.Do(Place()).Outcome);
    }

    private static PlaceCommand Place(Action<PlaceCommand>? change = null)
    {
        var command = new PlaceCommand { Workload = 7, GpuCount = 1, CpuMilli = 1, MemoryMib = 1, Groups = GroupSet.Of(0), Traits = new WorkloadTraits { Project = 1 }, Wait = true };
        change?.Invoke(command);
        return command;
    }

    private static PlaceGangCommand Gang(int gpus, int members, int project = 1) => new()
    {
        Gang = new GangSpec(
            9, "g", new WorkloadTraits { Project = project }, 0, TopologyMode.None, 0,
            [new GangRole("worker", new Shape(gpus, 1000, 0, 0, GroupSet.Any), Tenants.Members(1, members), 0, 0)]),
        Wait = true,
    };
}
