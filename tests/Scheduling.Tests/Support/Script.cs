using FsCheck;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>A random history of a small, crowded cluster.</summary>
internal sealed record Script(int Seed, int Length) : History(Seed, Length)
{
    private const int NodeNames = 24;
    private const int WorkloadIds = 120;

    public static Arbitrary<Script> Any(int longest = 400) => Any(longest, (seed, length) => new Script(seed, length));

    public IEnumerable<ScriptStep> Steps()
    {
        var random = new Random(Seed);
        for (var step = 0; step < Length; step++)
            yield return Next(random);
    }

    private static ScriptStep Next(Random random) => random.Next(100) switch
    {
        < 18 => new ScriptStep(Upsert(random)),
        < 21 => new ScriptStep(new RemoveNodeCommand { Name = NodeName(random) }),
        < 61 => new ScriptStep(Place(random)),
        < 74 => new ScriptStep(new ReleaseCommand { Workload = Id(random) }),
        < 75 => new ScriptStep(Reserve(random)),
        < 76 => new ScriptStep(new CancelReservationCommand { Id = (ulong)random.Next(1, 4) }),
        < 81 => new ScriptStep(new ConfirmCommand { Workload = Id(random) }),
        < 88 => new ScriptStep(Bind(random)),
        < 92 => new ScriptStep(new SweepCommand()) { Elapsed = random.Next(20_000) },
        < 96 => new ScriptStep(null) { Node = NodeName(random), Run = random.Next(3) },
        _ => new ScriptStep(null) { Node = NodeName(random), BadGpus = (uint)random.Next(1 << 8) & (uint)random.Next(1 << 8) },
    };

    private static UpsertNodeCommand Upsert(Random random) => new()
    {
        Name = NodeName(random),
        GpuCount = Pick(random, 0, 1, 4, 8, 8, 8, 16),
        CpuMilli = random.Next(4, 33) * 1000,
        MemoryMib = random.Next(4, 33) * 1000,
        Group = Pick(random, "a", "b", "c"),
        TopologyLeaf = random.Next(-1, 4),
        Reachable = random.Next(12) != 0,
        ForeignCordon = random.Next(12) == 0,
        MaxWorkloads = random.Next(2) == 0 ? random.Next(7) : NodeTable.NoLimit,
    };

    private static PlaceCommand Place(Random random)
    {
        var gpus = Pick(random, 0, 1, 1, 1, 2, 4, 8, 16);
        return new PlaceCommand
        {
            Workload = Id(random),
            Name = "test/w",
            GpuCount = gpus,
            GpuMilli = gpus == 1 && random.Next(2) == 0 ? random.Next(1, 1000) : 1000,
            CpuMilli = random.Next(9) * 1000,
            MemoryMib = random.Next(9) * 1000,
            Groups = Groups(random),
            Candidates = random.Next(3) == 0 ? Nodes(random) : null,
        };
    }

    private static NodeSet Nodes(Random random)
    {
        var (nodes, share) = (new NodeSet(), random.Next(1, 5));
        for (var node = 0; node < NodeNames + 2; node++)
        {
            if (random.Next(4) < share)
                nodes.Add(node);
        }
        return nodes;
    }

    private static GroupSet Groups(Random random) => random.Next(4) switch
    {
        0 => GroupSet.Any,
        1 => GroupSet.Of(random.Next(3), random.Next(4)),
        _ => GroupSet.Of(random.Next(3)),
    };

    private static BindCommand Bind(Random random) => new()
    {
        Workload = Id(random),
        Name = "test/w",
        Node = NodeName(random),
        GpuMask = (uint)random.Next(1 << 8) & (uint)random.Next(1 << 8),
        GpuMilli = random.Next(1, 1001),
        CpuMilli = random.Next(20) * 1000,
        MemoryMib = random.Next(20) * 1000,
    };

    // Sweeps of a whole history add up to a few minutes after the clock's 1,000 seconds.
    private static ReserveCommand Reserve(Random random)
    {
        var start = 1_000_000 + random.Next(1_000) * 1_000L;
        return new ReserveCommand
        {
            Request = new ReservationRequest(
                (ulong)random.Next(1, 4), "test/r", 0, random.Next(3), random.Next(1, 3), start, start + random.Next(1, 600) * 1_000L, TopologyMode.None, 0),
        };
    }

    private static ulong Id(Random random) => (ulong)random.Next(1, WorkloadIds + 1);

    private static string NodeName(Random random) => $"gpu-{random.Next(NodeNames):00}";

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];
}

/// <summary>A command, or what a repair run does to a node.</summary>
internal sealed record ScriptStep(Command? Command)
{
    /// <summary>Milliseconds before the step.</summary>
    public long Elapsed { get; init; }

    public string Node { get; init; } = "";

    public long? Run { get; init; }

    public uint? BadGpus { get; init; }

    public Reply Apply(TestCluster cluster)
    {
        cluster.Now += Elapsed;
        if (Command != null)
            return cluster.Do(Command);
        if (!cluster.State.Nodes.TryFind(Node, out var node))
            return Reply.Of(Outcome.NotFound);
        if (Run is { } run)
            cluster.State.Nodes.SetQuarantine(node, run);
        if (BadGpus is { } bad)
            cluster.State.Nodes.SetBadGpus(node, bad);
        return new Reply(Outcome.Done, node, 0, true, null);
    }
}
