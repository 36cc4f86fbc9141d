using System.Collections.Immutable;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Benchmarks.Framework;

/// <summary>An engine over equal 8-GPU nodes: 32 on a leaf switch, 16 leaves on a spine, all spines under one top.</summary>
internal sealed class EngineWorld
{
    public const int GpusPerNode = 8;
    public const int NodesPerLeaf = 32;
    public const int LeavesPerSpine = 16;
    public const int SpineTier = 1;
    public const int CpuPerGpu = 6_000;
    public const int MemoryPerGpu = 48_000;

    private readonly PlaceCommand _place = new() { Name = "bench/workload" };
    private readonly ReleaseCommand _release = new();
    private readonly ScheduleCommand _schedule = new() { MaxPlacements = 65_536 };

    public EngineWorld(int nodes)
    {
        if (nodes > 0)
            Do(new SetTopologyCommand { Domains = Domains(nodes) });
        AddNodes(nodes);
    }

    public ClusterState State { get; } = new();

    public EffectBuffer Effects { get; } = new();

    /// <summary>Unix milliseconds.</summary>
    public long Now { get; set; } = 1_700_000_000_000;

    public static string NodeName(int node) => $"gpu-{node:000000}";

    public static List<DomainDefinition> Domains(int nodes)
    {
        var domains = new List<DomainDefinition>();
        var (leaves, spines) = (Parents(nodes, NodesPerLeaf), 0);
        for (var leaf = 0; leaf < leaves; leaf++)
            domains.Add(new DomainDefinition($"leaf-{leaf:00000}", 0, Names(leaf, NodesPerLeaf, nodes, NodeName), []));
        for (; spines < Parents(leaves, LeavesPerSpine); spines++)
            domains.Add(new DomainDefinition($"spine-{spines:0000}", SpineTier, [], Names(spines, LeavesPerSpine, leaves, leaf => $"leaf-{leaf:00000}")));
        domains.Add(new DomainDefinition("top", SpineTier + 1, [], [.. Enumerable.Range(0, spines).Select(spine => $"spine-{spine:0000}")]));
        return domains;
    }

    public void AddNodes(int count)
    {
        for (var node = 0; node < count; node++)
        {
            Do(new UpsertNodeCommand
            {
                Name = NodeName(node),
                GpuCount = GpusPerNode,
                CpuMilli = GpusPerNode * CpuPerGpu * 2,
                MemoryMib = GpusPerNode * MemoryPerGpu * 2,
                Group = "group-0",
            });
        }
    }

    public Reply Do(Command command)
    {
        Effects.Clear();
        return Engine.Step(State, command, Now, Effects);
    }

    public Reply Place(ulong id, int gpus, WorkloadTraits traits, bool wait = false, bool mayPreempt = false)
    {
        (_place.Workload, _place.GpuCount, _place.Traits, _place.Wait, _place.MayPreempt) = (id, gpus, traits, wait, mayPreempt);
        (_place.CpuMilli, _place.MemoryMib) = (gpus * CpuPerGpu, gpus * MemoryPerGpu);
        return Do(_place);
    }

    public Reply Release(ulong id)
    {
        _release.Workload = id;
        return Do(_release);
    }

    public Reply Schedule() => Do(_schedule);

    /// <summary>A gang of equal members, whose ids count up from <paramref name="id"/> times 100,000.</summary>
    public static GangSpec Gang(ulong id, int members, int gpus, TopologyMode topology = TopologyMode.None, int tier = 0, WorkloadTraits? traits = null)
        => new(id, "bench/gang", traits ?? new WorkloadTraits(), 0, topology, tier,
        [
            new GangRole("worker", new Shape(gpus, 1000, gpus * CpuPerGpu, gpus * MemoryPerGpu, GroupSet.Any),
                [.. Enumerable.Range(0, members).Select(member => id * 100_000 + (ulong)member)], 0, 0),
        ]);

    /// <summary>Fails the run when the engine did not do what the case measures.</summary>
    public static void Expect(Outcome expected, in Reply reply)
    {
        if (reply.Outcome != expected)
            throw new InvalidOperationException($"The engine answered {reply.Outcome} ({reply.Detail}) where {expected} was expected.");
    }

    private static int Parents(int count, int each) => (count + each - 1) / each;

    private static ImmutableArray<string> Names(int parent, int each, int end, Func<int, string> name)
        => [.. Enumerable.Range(parent * each, Math.Min(each, end - parent * each)).Select(name)];
}
