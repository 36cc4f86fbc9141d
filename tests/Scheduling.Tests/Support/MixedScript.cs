using FsCheck;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>A random history of every command on a small, crowded cluster with projects, a fabric, a queue and nodes under repair.</summary>
internal sealed record MixedScript(int Seed, int Length) : History(Seed, Length)
{
    private const int Nodes = 18;
    private const int Ids = 80;

    public static Arbitrary<MixedScript> Any(int longest = 250) => Any(longest, (seed, length) => new MixedScript(seed, length));

    /// <summary>Commands with the milliseconds that pass before each.</summary>
    public IEnumerable<(Command Command, long Elapsed)> Steps()
    {
        var (random, repair) = (new Random(Seed), new MixedRepair(random => $"n{random.Next(Nodes):00}"));
        foreach (var first in First(random))
        {
            repair.Play(first, 0);
            yield return (first, 0);
        }
        for (var step = 0; step < Length; step++)
        {
            var (command, elapsed) = (Next(random, repair), Elapsed(random));
            repair.Play(command, elapsed);
            yield return (command, elapsed);
        }
    }

    private static IEnumerable<Command> First(Random random)
    {
        yield return new SetTopologyCommand { Domains = Fabric(random) };
        for (var node = 0; node < Nodes; node++)
            yield return Upsert(random, node);
        // As many machine groups as there can be, so that a new one needs the index of another.
        for (var group = 0; group < NodeTable.MaxGroups; group++)
            yield return Upsert(random, 0, $"g{group}");
        yield return new SetSchedulingPolicyCommand { Policy = Policy(random) };
        yield return MixedRepair.Policy;
    }

    /// <summary>The cluster after all steps.</summary>
    public TestCluster Played()
    {
        var cluster = new TestCluster();
        foreach (var (command, elapsed) in Steps())
        {
            cluster.Now += elapsed;
            cluster.Do(command);
        }
        return cluster;
    }

    private static long Elapsed(Random random) => random.Next(20) > 0 ? random.Next(50) : random.Next(10) > 0 ? random.Next(60_000) : BudgetForgetting.KeptFor;

    private static Command Next(Random random, MixedRepair repair) => random.Next(100) switch
    {
        < 24 => Place(random),
        < 30 => repair.Next(random),
        < 31 => new ExplainCommand { Workload = (ulong)random.Next(1, Ids) },
        < 32 => random.Next(2) == 0
            ? new SurveyCommand { Shape = new Shape(random.Next(9), 1000, 1000, 1000, GroupSet.Any), Traits = Traits(random), Candidates = SomeNodes(random) }
            : new PlanEvictionsCommand { Shape = new Shape(random.Next(9), 1000, 1000, 1000, GroupSet.Any), Traits = Traits(random), Candidates = SomeNodes(random) },
        < 33 when random.Next(4) == 0 => new RemoveBudgetCommand { Name = $"budget-{random.Next(2)}" },
        < 33 => new SetBudgetCommand { Name = $"budget-{random.Next(2)}", Allowed = random.Next(3) },
        < 34 => Reserve(random),
        < 36 => new CancelReservationCommand { Id = (ulong)random.Next(1, 9) },
        < 44 => new PlaceGangCommand { Gang = Gang(random), Wait = random.Next(2) == 0, MayPreempt = random.Next(3) == 0 },
        < 45 => new PlaceGangCommand { Gang = Gang(random), Candidates = new RoleCandidates(0, SomeNodes(random)), MayPreempt = random.Next(3) == 0 },
        < 46 => Selected(random),
        < 48 => new SelectNodesCommand { Selection = Selection(random) },
        < 62 => new ReleaseCommand { Workload = (ulong)random.Next(1, Ids) },
        < 68 => new ReleaseGangCommand { Gang = (ulong)random.Next(1, 12), QueuedOnly = random.Next(3) == 0 },
        < 78 => new ScheduleCommand { MaxPlacements = random.Next(1, 20), GivesTurn = random.Next(4) > 0 },
        < 82 => new ConfirmCommand { Workload = (ulong)random.Next(1, Ids) },
        < 83 => Upsert(random, random.Next(Nodes), $"g{random.Next(2 * NodeTable.MaxGroups)}"),
        < 87 => Upsert(random, random.Next(Nodes)),
        < 89 => new RemoveNodeCommand { Name = $"n{random.Next(Nodes):00}" },
        < 92 => new SweepCommand(),
        < 94 => new SetSchedulingPolicyCommand { Policy = Policy(random) },
        < 95 => new SetTopologyCommand { Domains = Fabric(random) },
        < 97 => new ReportCheckpointCommand { Workload = (ulong)random.Next(1, Ids), AgeSeconds = random.Next(1000) },
        < 98 => new ReportUtilizationCommand { Project = random.Next(4), GpuSeconds = 1000, BusySeconds = random.Next(1000) },
        _ => Bind(random),
    };

    private static PlaceCommand Place(Random random)
    {
        var gpus = Pick(random, 0, 1, 1, 1, 2, 4, 8);
        var candidates = random.Next(4) == 0 ? SomeNodes(random) : null;
        var selection = candidates is null && random.Next(3) == 0 ? Selection(random) : null;
        return new PlaceCommand
        {
            Workload = (ulong)random.Next(1, Ids),
            Name = "test/w",
            GpuCount = gpus,
            GpuMilli = gpus == 1 && random.Next(3) == 0 ? random.Next(1, 1000) : 1000,
            CpuMilli = Share(random) * 1000,
            MemoryMib = Share(random) * 1000,
            Groups = random.Next(3) == 0 ? new GroupSet((ulong)random.Next(1, 4)) : random.Next(30) == 0 ? GroupSet.Of(random.Next(NodeTable.MaxGroups)) : GroupSet.Any,
            Traits = Traits(random),
            Wait = candidates is null && random.Next(2) == 0,
            MayPreempt = random.Next(3) == 0,
            InTurn = random.Next(3) == 0,
            Candidates = candidates,
            Selection = selection,
        };
    }

    // Of a node's 64: mostly an eighth or less, now and then nearly all, or more than any node has.
    private static int Share(Random random) => random.Next(12) == 0 ? random.Next(48, 80) : random.Next(9);

    private static NodeSelection Selection(Random random) => new((ulong)random.Next(1, 4), random.Next(4) == 0 ? null : SomeNodes(random));

    private static NodeSet SomeNodes(Random random)
    {
        var nodes = new NodeSet();
        for (var node = 0; node < Nodes; node++)
        {
            if (random.Next(4) > 0)
                nodes.Add(node);
        }
        return nodes;
    }

    // The first command comes at the cluster's own time; how much has passed since does not matter to a block of so long.
    private static ReserveCommand Reserve(Random random)
    {
        var start = 1_000_000 + random.Next(1, 40) * 600_000L;
        return new ReserveCommand
        {
            Request = new ReservationRequest(
                (ulong)random.Next(1, 9), "test/block", random.Next(1, 4), random.Next(2), random.Next(1, 4), start, start + random.Next(1, 10) * 600_000L,
                (TopologyMode)random.Next(3), random.Next(2)),
        };
    }

    private static GangSpec Gang(Random random)
    {
        var id = (ulong)random.Next(1, 12);
        var (members, gpus, sub) = (random.Next(1, 7), Pick(random, 0, 1, 2, 4, 8), random.Next(4) == 0);
        return Tenants.Gang(
            id, members, gpus, random.Next(0, members + 1), (TopologyMode)random.Next(3), random.Next(3), Traits(random),
            sub ? (members % 2 == 0 ? 2 : 1) : 0, random.Next(2));
    }

    private static PlaceGangCommand Selected(Random random)
    {
        var (gang, ofEach) = (Gang(random), random.Next(2) == 0);
        if (ofEach)
            gang = gang with { Roles = gang.Roles.Add(new GangRole("launcher", new Shape(random.Next(2), 1000, 1000, 1000, GroupSet.Any), [gang.Id * 1000 + 900], 0, 0)) };
        return new PlaceGangCommand
        {
            Gang = gang,
            Selection = ofEach ? null : Selection(random),
            RoleSelections = ofEach ? [random.Next(3) == 0 ? null : Selection(random), random.Next(3) == 0 ? null : Selection(random)] : [],
            Wait = random.Next(4) > 0,
            MayPreempt = random.Next(3) == 0,
        };
    }

    private static BindCommand Bind(Random random) => new()
    {
        Workload = (ulong)random.Next(1, Ids),
        Name = "test/w",
        Node = $"n{random.Next(Nodes):00}",
        GpuMask = (uint)random.Next(1 << 4),
        GpuMilli = random.Next(1, 1001),
        CpuMilli = 1000,
        MemoryMib = 1000,
        Traits = Traits(random),
        Gang = (ulong)(random.Next(2) * random.Next(1, 12)),
    };

    private static WorkloadTraits Traits(Random random) => new()
    {
        Project = random.Next(4),
        Provisioning = (Provisioning)random.Next(3),
        Category = (Category)random.Next(4),
        Purpose = (Purpose)random.Next(4),
        Urgent = random.Next(10) == 0,
        ExpectedSeconds = random.Next(3) * 600,
        Service = random.Next(6) == 0 ? (ulong)random.Next(1, 4) : 0,
        Budget = random.Next(5) == 0 ? random.Next(2) : -1,
        Reservation = random.Next(10) == 0 ? (ulong)random.Next(1, 9) : 0,
    };

    private static UpsertNodeCommand Upsert(Random random, int node) => Upsert(random, node, node % 2 == 0 ? "a" : "b");

    private static UpsertNodeCommand Upsert(Random random, int node, string group) => new()
    {
        Name = $"n{node:00}",
        GpuCount = Pick(random, 4, 8, 8, 8),
        CpuMilli = 64_000,
        MemoryMib = 64_000,
        Group = group,
        Reachable = random.Next(10) != 0,
        ForeignCordon = random.Next(10) == 0,
        MaxWorkloads = random.Next(2) == 0 ? random.Next(1, 6) : NodeTable.NoLimit,
    };

    private static SchedulingPolicy Policy(Random random) => Tenants.PolicyOf(
        Tenants.Project("p1", random.Next(20), random.Next(30), urgent: true),
        Tenants.Project("p2", random.Next(20), random.Next(30), random.Next(-1, 10)),
        Tenants.Project("p3", 0, -1)) with
    {
        Gangs = new GangRules(random.Next(2) == 0),
    };

    private static DomainDefinition[] Fabric(Random random)
    {
        var perLeaf = random.Next(2, 7);
        var leaves = Enumerable.Range(0, Nodes).GroupBy(node => node / perLeaf)
            .Select(leaf => new DomainDefinition($"l{leaf.Key:00}", 0, [.. leaf.Select(node => $"n{node:00}")], [])).ToArray();
        var spines = leaves.Select((leaf, index) => (leaf, index)).GroupBy(pair => pair.index / 2)
            .Select(spine => new DomainDefinition($"s{spine.Key:00}", 1, [], [.. spine.Select(pair => pair.leaf.Name)]));
        return [.. leaves, .. spines];
    }

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];
}
