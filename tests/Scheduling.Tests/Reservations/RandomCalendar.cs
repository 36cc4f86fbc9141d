using FsCheck;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

/// <summary>A random history of a cluster with a full calendar: two projects with quotas, jobs that wait, nodes that fall ill and leave, late sweeps.</summary>
internal sealed record RandomCalendar(int Seed, int Length) : History(Seed, Length)
{
    public const int Nodes = 12;
    public const long Quota = 8 * 8_000;

    public static Arbitrary<RandomCalendar> Any { get; } = Any(250, (seed, length) => new RandomCalendar(seed, length));

    public static TestCluster Cluster()
    {
        var cluster = Booked.Cluster(Nodes);
        cluster.SetPolicy(Tenants.PolicyOf(new("p", "w", false, [new("a", Quota, Quota, -1)]), new("q", "w", false, [new("a", Quota, Quota, -1)])) with
        {
            Reservations = new ReservationRules(DrainSeconds: 60, HorizonDays: 1, HoldAfterSeconds: 60, MaxHolds: 2),
        });
        return cluster;
    }

    public IEnumerable<ScriptStep> Steps()
    {
        var (random, now) = (new Random(Seed), new TestCluster().Now);
        for (var step = 0; step < Length; step++)
        {
            var next = Next(random, now);
            now += next.Elapsed;
            yield return next;
        }
    }

    private static ScriptStep Next(Random random, long now) => random.Next(100) switch
    {
        < 20 => new ScriptStep(new ReserveCommand { Request = Request(random, now), Replace = random.Next(3) == 0 }),
        < 23 => new ScriptStep(new CancelReservationCommand { Id = (ulong)random.Next(1, 20) }),
        < 40 => new ScriptStep(Place(random)),
        < 52 => new ScriptStep(new PlaceGangCommand { Gang = Gang(random), Wait = random.Next(3) > 0 }),
        < 60 => new ScriptStep(new ReleaseCommand { Workload = (ulong)random.Next(1, 40) }),
        < 64 => new ScriptStep(new ReleaseGangCommand { Gang = (ulong)random.Next(1, 12) }),
        < 68 => new ScriptStep(new ConfirmCommand { Workload = (ulong)random.Next(1, 40) }),
        < 72 => new ScriptStep(new BindCommand { Workload = (ulong)random.Next(1, 40), Name = "test/b", Node = Node(random), GpuMask = 1, GpuMilli = 1000, Traits = Traits(random) }),
        < 84 => new ScriptStep(new SweepCommand()) { Elapsed = random.Next(100_000) },
        < 92 => new ScriptStep(new ScheduleCommand()) { Elapsed = random.Next(20_000) },
        < 95 => new ScriptStep(null) { Node = Node(random), Run = random.Next(3) },
        < 97 => new ScriptStep(new RemoveNodeCommand { Name = Node(random) }),
        _ => new ScriptStep(new UpsertNodeCommand { Name = Node(random), GpuCount = 8, CpuMilli = 64_000, MemoryMib = 512_000, Group = "a" }),
    };

    private static ReservationRequest Request(Random random, long now)
    {
        var start = now + random.Next(60) * 10_000;
        return Booked.Request(
            (ulong)random.Next(1, 20), random.Next(1, 7), start, start + random.Next(1, 60) * 10_000, random.Next(1, 3),
            (TopologyMode)random.Next(3), random.Next(1, 3));
    }

    private static PlaceCommand Place(Random random) => new()
    {
        Workload = (ulong)random.Next(1, 40),
        Name = "test/w",
        GpuCount = random.Next(4) switch { 0 => 1, 1 => 2, _ => 8 },
        Traits = Traits(random),
        Wait = random.Next(2) == 0,
    };

    private static GangSpec Gang(Random random)
    {
        var traits = Traits(random);
        return Booked.Gang((ulong)random.Next(1, 12), random.Next(1, 6), random.Next(2) == 0 ? 8 : 4, topology: (TopologyMode)random.Next(3), tier: random.Next(1, 3)) with { Traits = traits };
    }

    private static WorkloadTraits Traits(Random random) => new()
    {
        Project = random.Next(1, 3),
        Provisioning = (Provisioning)random.Next(3),
        ExpectedSeconds = random.Next(3) == 0 ? 0 : random.Next(1, 300),
        Reservation = random.Next(2) == 0 ? 0 : (ulong)random.Next(1, 20),
    };

    private static string Node(Random random) => Booked.NodeName(random.Next(Nodes));
}
