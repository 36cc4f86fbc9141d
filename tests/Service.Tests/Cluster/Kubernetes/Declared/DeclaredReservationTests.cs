using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using Pipeline.Scheduling.Commands;
using Engine = Pipeline.Scheduling.Reservations;
using Quota = Pipeline.Scheduling.Tenancy.Quota;
using Reservation = Pipeline.Kubernetes.Models.Reservation;
using SchedulingPolicy = Pipeline.Scheduling.Tenancy.SchedulingPolicy;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Declared;

public sealed class DeclaredReservationTests : IAsyncLifetime
{
    private readonly ObjectTable<Reservation> _objects = new(() => { }, () => { });
    private LoopWorld _world = null!;
    private SchedulerApi _scheduler = null!;
    private DeclaredReservations _calendar = null!;

    private DateTimeOffset Tomorrow => DateTimeOffset.FromUnixTimeMilliseconds(_world.Time.GetUtcNow().ToUnixTimeMilliseconds()).AddDays(1);

    private Engine.ReservationBook Book => _world.Loop.Snapshot.Reservations;

    public async Task InitializeAsync()
    {
        _world = await LoopWorld.ReadyAsync(nodes: 4);
        await SetQuotaAsync(4);
        _scheduler = new SchedulerApi(_world.Loop, _world.Time);
        _calendar = new DeclaredReservations(_objects, _world.Time, NullLogger.Instance);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task An_object_becomes_a_reservation_and_is_told_where_it_stands()
    {
        Put(Item("a", 2));
        await StepAsync();
        var status = Status("a");
        Assert.Equal((1, "Scheduled", 2, null), (status.ObservedGeneration, status.State, status.Nodes.Count, status.Message));

        _world.Time.Advance(TimeSpan.FromDays(1));
        await _world.Loop.SubmitAsync(new SweepCommand());
        Assert.Equal("Active", Status("a").State);
        await StepAsync();
        Assert.Single(Book.Live);
    }

    [Fact]
    public async Task A_step_again_or_after_a_restart_asks_for_nothing_twice()
    {
        Put(Item("a", 2));
        await StepAsync();
        var sequence = _world.Loop.Snapshot.Sequence;
        await StepAsync();
        _calendar = new DeclaredReservations(_objects, _world.Time, NullLogger.Instance);
        await StepAsync();
        Assert.Equal(sequence, _world.Loop.Snapshot.Sequence);
    }

    [Fact]
    public async Task What_is_deleted_is_cancelled_and_what_others_reserved_is_not()
    {
        await _scheduler.ReserveAsync(new ReserveRequest
        {
            Reservation = 7,
            Name = "theirs",
            Project = "p",
            Group = "h100",
            Nodes = 1,
            StartMs = Tomorrow.ToUnixTimeMilliseconds(),
            EndMs = Tomorrow.AddHours(1).ToUnixTimeMilliseconds(),
            Actor = "somebody",
        });
        Put(Item("a", 2));
        await StepAsync();
        _objects.Apply(new Change<Reservation>.Replaced([]));
        await StepAsync();
        Assert.Equal([7UL], Book.Live.Keys);
        Assert.Equal(Engine.ReservationState.Cancelled, Assert.Single(Book.Over).Value.State);
    }

    [Fact]
    public async Task A_refusal_says_what_to_ask_for_instead_in_the_words_of_the_object()
    {
        Put(Item("a", 3), Item("b", 2));
        await StepAsync();
        Assert.Equal("Refused", Status("b").State);
        Assert.StartsWith("spec.nodes: of the 2 nodes 1 are free at that time", Status("b").Message);
        Assert.Contains("Ask for 1, or start at ", Status("b").Message);
        Assert.DoesNotMatch("[0-9]{13}", Status("b").Message!);

        Put(Item("c", 1, start: -2));
        await StepAsync();
        Assert.Matches("^spec.start: 20[0-9T:-]+Z is past", Status("c").Message);
        Put(Item("d", 1, project: "nobody"));
        await StepAsync();
        Assert.StartsWith("spec.project: there is no project 'nobody'", Status("d").Message);
    }

    [Fact]
    public async Task What_was_refused_is_asked_for_again_after_a_while()
    {
        await SetQuotaAsync(0);
        Put(Item("a", 2));
        await StepAsync();
        Assert.StartsWith("spec.project: its Reserved quota covers 0 of the 2 nodes", Status("a").Message);
        await SetQuotaAsync(4);
        await StepAsync();
        Assert.Equal("Refused", Status("a").State);
        _world.Time.Advance(TimeSpan.FromSeconds(31));
        await StepAsync();
        Assert.Equal("Scheduled", Status("a").State);
    }

    [Fact]
    public async Task What_was_refused_is_asked_for_again_though_the_clock_is_set_back()
    {
        await SetQuotaAsync(0);
        Put(Item("a", 2));
        await StepAsync();
        await SetQuotaAsync(4);
        _world.Time.Set(_world.Time.GetUtcNow() - TimeSpan.FromHours(1));
        _world.Time.Advance(TimeSpan.FromSeconds(30));
        await StepAsync();
        Assert.Equal("Scheduled", Status("a").State);
    }

    [Fact]
    public async Task A_change_takes_the_place_of_what_was_admitted_or_leaves_it_as_it_was()
    {
        Put(Item("a", 2));
        await StepAsync();
        Put(Item("a", 4, generation: 2, status: Status("a")));
        await StepAsync();
        Assert.Equal((2, "Scheduled", 4), (Status("a").ObservedGeneration, Status("a").State, Status("a").Nodes.Count));
        Put(Item("a", 5, generation: 3, status: Status("a")));
        await StepAsync();
        Assert.Equal((2, "Scheduled", 4), (Status("a").ObservedGeneration, Status("a").State, Status("a").Nodes.Count));
        Assert.Matches("^spec.nodes: .*what was admitted before stays.$", Status("a").Message);
        Assert.Single(Book.Live);
    }

    [Fact]
    public async Task A_change_of_one_that_has_begun_is_refused()
    {
        Put(Item("a", 2));
        await StepAsync();
        _world.Time.Advance(TimeSpan.FromDays(1));
        await _world.Loop.SubmitAsync(new SweepCommand());
        Put(Item("a", 2, start: 0, hours: 2, generation: 2, status: Status("a") with { ObservedGeneration = 1 }));
        await StepAsync();
        Assert.Equal((1, "Active"), (Status("a").ObservedGeneration, Status("a").State));
        Assert.Contains("has begun", Status("a").Message);
    }

    [Fact]
    public async Task An_engine_that_does_not_remember_it_is_asked_for_what_is_left_of_it()
    {
        var begun = new ReservationStatus { ObservedGeneration = 1, State = "Active" };
        Put(Item("a", 2, start: -1, hours: 48, status: begun));
        await StepAsync();
        Assert.Equal("Scheduled", Status("a").State);
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await _world.Loop.SubmitAsync(new SweepCommand());
        await StepAsync();
        Assert.Equal(("Active", 2), (Status("a").State, Status("a").Nodes.Count));
        Assert.Single(Book.Live);
    }

    [Fact]
    public async Task One_that_was_over_long_ago_is_left_alone()
    {
        Put(Item("a", 2, start: -3, status: new ReservationStatus { ObservedGeneration = 1, State = "Ended" }));
        await StepAsync();
        Assert.Null(_calendar.WithStatus(_objects.Items["a"], _world.Loop.Snapshot));
    }

    /// <summary>The pattern of the server's date-time is a wider one, and an object that cannot be read keeps all others from being followed.</summary>
    [Theory]
    [InlineData("2027-01-04t09:00:00z")]
    [InlineData("2027-01-04T09:00:00,5Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("2027-01-04T09:00:00+20:00")]
    public async Task A_time_that_cannot_be_read_is_refused(string start)
    {
        var item = Objects.Read<Reservation>(
            $$"""{"metadata":{"name":"a","uid":"uid-a","generation":1},"spec":{"project":"p","group":"h100","nodes":1,"start":"{{start}}","end":"2027-01-05T09:00:00Z"} }""");
        Put(item);
        await StepAsync();
        Assert.Equal("spec.start: must be a time such as 2027-01-04T09:00:00Z.", Status("a").Message);
    }

    private Task StepAsync() => _calendar.StepAsync(_scheduler, _world.Loop.Snapshot, default);

    private ReservationStatus Status(string name) => _calendar.WithStatus(_objects.Items[name], _world.Loop.Snapshot)!.Status;

    private void Put(params Reservation[] items)
    {
        foreach (var item in items)
            _objects.Apply(new Change<Reservation>.Put(item));
    }

    /// <param name="start">Days from tomorrow.</param>
    private Reservation Item(string name, int nodes, int start = 0, int hours = 1, string project = "p", long generation = 1, ReservationStatus? status = null)
    {
        var begin = _objects.Items.TryGetValue(name, out var known) && start == 0 ? known.Spec.Start!.Value : Tomorrow.AddDays(start);
        return new Reservation
        {
            Metadata = new() { Name = name, Uid = $"uid-{name}", Generation = generation },
            Spec = new() { Project = project, Group = "h100", Nodes = nodes, Start = begin, End = begin.AddHours(hours) },
            Status = status ?? new(),
        };
    }

    /// <param name="nodes">Whole ones that the project has reserved.</param>
    private async Task SetQuotaAsync(int nodes) => await _world.Loop.SubmitAsync(new SetSchedulingPolicyCommand
    {
        Policy = new SchedulingPolicy { Projects = [new Scheduling.Tenancy.Project("p", "w", false, [new Quota("h100", nodes * 8_000, 0, -1)])] },
    });
}
