using System.Globalization;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>
/// 8-GPU nodes, 32 on a leaf switch and 16 leaves on a spine, on each of which eight Spot jobs of one GPU run; how long each takes to
/// start again is random.
/// </summary>
internal sealed class FullCluster
{
    public const int GpusPerNode = 8;
    public const int SpineTier = 1;

    private const int CpuPerNode = 64_000;
    private const int NodesPerLeaf = 32;
    private const int LeavesPerSpine = 16;
    private const int LongestRestart = 100_000;

    private readonly EffectBuffer _effects = new();
    private readonly PlaceCommand _place = new()
    {
        Name = "bench/newcomer",
        GpuCount = GpusPerNode,
        Traits = new WorkloadTraits { Provisioning = Provisioning.Reserved },
        MayPreempt = true,
    };

    private readonly BindCommand _bind = new()
    {
        Name = "bench/job",
        GpuMilli = NodeTable.WholeGpu,
    };

    private readonly SweepCommand _sweep = new();
    private readonly Random _random = new(1);
    private readonly NodeSelection _mostNodes = new(1, new NodeSet());
    private ulong _next = 1UL << 40;

    public FullCluster(int nodes)
    {
        for (var node = 0; node < nodes; node++)
            Do(new UpsertNodeCommand { Name = NodeName(node), GpuCount = GpusPerNode, CpuMilli = CpuPerNode, MemoryMib = 512_000, Group = "a" });
        for (var node = 0; node < nodes; node++)
        {
            if (node % 10 != 7)
                _mostNodes.Nodes!.Add(node);
        }
        for (var job = 0; job < nodes * GpusPerNode; job++)
            Run(job);
        Do(new SetTopologyCommand { Domains = [.. Domains(nodes)] });
    }

    public ClusterState State { get; } = new();

    public long Now { get; private set; } = 1_700_000_000_000;

    public static Shape WholeNode => new(GpusPerNode, NodeTable.WholeGpu, 0, 0, GroupSet.Any);

    public Preemptor Reserved => new(UsageKind.Reserved, false, -1, Now, false, ForGang: true);

    /// <summary>One more workload of a whole node, a second later.</summary>
    public Reply PlaceOne()
    {
        (Now, _place.Workload) = (Now + 1000, _next++);
        return Do(_place);
    }

    /// <summary>One more gang of whole nodes under one spine, a second later.</summary>
    public Reply PlaceGang(int members, bool mayPreempt = true) => Place(NextGang(members), mayPreempt);

    /// <summary>One that may be on nine nodes of ten.</summary>
    public Reply PlaceNamed(int members) => Place(NextGang(members), mayPreempt: true, _mostNodes);

    /// <summary>One that asks for more CPU than a node has, which shows only when its victims are counted.</summary>
    public Reply PlaceGangInVain(int members)
    {
        var gang = NextGang(members);
        return Place(gang with { Roles = [gang.Roles[0] with { Shape = WholeNode with { CpuMilli = CpuPerNode + 1 } }] }, mayPreempt: true);
    }

    /// <summary>One more gang of whole nodes anywhere, a second later, of which so many neighbours share a leaf; 0: none need to.</summary>
    public Reply PlaceSubgroups(int members, int subgroup)
    {
        var gang = NextGang(members);
        return Place(gang with { Topology = TopologyMode.None, Roles = [gang.Roles[0] with { SubgroupSize = subgroup }] }, mayPreempt: true);
    }

    /// <summary>The gang that came last goes again, and whom it has driven out are back on their nodes.</summary>
    public void Undo(GangPlacement placement)
    {
        var victims = placement.Evictions!.Victims;
        foreach (var victim in victims)
            Do(new ReleaseCommand { Workload = victim.Id });
        Do(new ReleaseGangCommand { Gang = placement.Gang });
        foreach (var victim in victims)
            Run((int)victim.Id - 1);
    }

    public GangSpec NextGang(int members)
    {
        var ids = Enumerable.Range(1, members).Select(member => _next + (ulong)member).ToArray();
        _next += (ulong)members + 1;
        return new GangSpec(
            _next, "bench/gang", new WorkloadTraits { Provisioning = Provisioning.Reserved }, 0, TopologyMode.Hard, SpineTier,
            [new GangRole("worker", WholeNode, [.. ids], 0, 0)]);
    }

    /// <summary>Nothing happens, but for the sweeps that the service makes every two seconds.</summary>
    public void PassAnHour()
    {
        for (var end = Now + 3_600_000; Now < end;)
        {
            Now += 2_000;
            Do(_sweep);
        }
    }

    private Reply Place(GangSpec gang, bool mayPreempt, NodeSelection? nodes = null)
    {
        Now += 1000;
        return Do(new PlaceGangCommand { Gang = gang, Selection = nodes, MayPreempt = mayPreempt });
    }

    private static string NodeName(int node) => string.Create(CultureInfo.InvariantCulture, $"gpu-{node:000000}");

    private static IEnumerable<DomainDefinition> Domains(int nodes)
    {
        var leaves = Enumerable.Range(0, nodes).Chunk(NodesPerLeaf).ToArray();
        var spines = Enumerable.Range(0, leaves.Length).Chunk(LeavesPerSpine).ToArray();
        return leaves.Select((leaf, at) => new DomainDefinition($"leaf-{at}", 0, [.. leaf.Select(NodeName)], []))
            .Concat(spines.Select((spine, at) => new DomainDefinition($"spine-{at}", SpineTier, [], [.. spine.Select(leaf => $"leaf-{leaf}")])));
    }

    private void Run(int job)
    {
        (_bind.Workload, _bind.Node, _bind.GpuMask) = ((ulong)job + 1, NodeName(job / GpusPerNode), 1u << job % GpusPerNode);
        _bind.Traits = new WorkloadTraits { Provisioning = Provisioning.Spot, RestartSeconds = _random.Next(LongestRestart) };
        Do(_bind);
    }

    private Reply Do(Command command)
    {
        _effects.Clear();
        return Engine.Step(State, command, Now, _effects);
    }
}
