using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Benchmarks.Gang;

/// <summary>Finds the domain for a gang of equal members, enters them into the counts and takes them out again.</summary>
/// <param name="Group">Machine group, or -1 for any.</param>
/// <param name="Goal">Limit of the ratio to the recount at 100,000 nodes, or null.</param>
internal sealed record DomainChoice(string Name, int Group, int Gpus, int Members, int MaxTier, double? Goal)
{
    private const int Warmups = 2_000;
    private const int Samples = 20_000;
    private const int RecountSamples = 2_000;
    private const int GoalNodes = 100_000;

    public static IReadOnlyList<DomainChoice> All { get; } =
    [
        new("64 x 8 GPUs hard, one group", 3, EngineWorld.GpusPerNode, 64, EngineWorld.SpineTier, 0.05),
        new("64 x 8 GPUs hard, any group", DomainCounts.AnyGroup, EngineWorld.GpusPerNode, 64, EngineWorld.SpineTier, 0.05),
        new("8 x 8 GPUs in a leaf, any group", DomainCounts.AnyGroup, EngineWorld.GpusPerNode, 8, 0, 0.1),
        new("20 x 2 GPUs in a leaf, any group", DomainCounts.AnyGroup, 2, 20, 0, 0.1),
        new("256 x 8 GPUs hard, in vain", DomainCounts.AnyGroup, EngineWorld.GpusPerNode, 256, EngineWorld.SpineTier, 0.001),
    ];

    /// <summary>Only the lowest number tells the leaves apart, and each takes a full comparison.</summary>
    public static DomainChoice InIdleCluster { get; } = new("5 x 1 GPU in a leaf, idle cluster", DomainCounts.AnyGroup, 1, 5, 0, null);

    /// <returns>Median of recounting, in nanoseconds.</returns>
    public double Run(Report report, Fabric fabric)
    {
        var nodes = fabric.Free.Length;
        var (name, need) = ($"{Name} {nodes / 1000}k", new GpuNeed([new MemberDemand(Gpus, Members)]));
        var (recount, entered) = (new Recount(fabric), new (int Node, int Free)[Members]);
        if ((Choose(fabric, need) < 0) != (recount.Choose(Group, Gpus, Members, MaxTier) < 0))
            throw new InvalidOperationException($"{name}: the counts and the recount disagree.");

        report.Note($"{name}: choose");
        var chosen = Measure.Batches(TimeProvider.System, Warmups, Samples, 1, _ => Choose(fabric, need));
        var recounted = Measure.Batches(
            TimeProvider.System, Warmups / 10, RecountSamples, 1, _ => recount.Choose(Group, Gpus, Members, MaxTier));
        report.Latency(name, chosen);
        report.AtMost(name, "allocated", chosen.BytesPerOperation, "B/op", 0);
        var goal = nodes == GoalNodes ? Goal : null;
        report.Ratio(name, "choose p50", chosen.P50, "ns", "recount p50", recounted.P50, goal);
        var whole = Measure.Batches(TimeProvider.System, Warmups, Samples, 1, _ => EnterAndLeave(fabric, need, entered));
        report.Ratio(name, "choose+enter+leave p50", whole.P50, "ns", "recount p50", recounted.P50, goal);
        return recounted.P50;
    }

    private int Choose(Fabric fabric, in GpuNeed need)
    {
        var search = fabric.Counts.Search(Group, need, MaxTier);
        return search.MoveNext() ? search.Current : -1;
    }

    private void EnterAndLeave(Fabric fabric, in GpuNeed need, (int Node, int Free)[] entered)
    {
        var domain = Choose(fabric, need);
        if (domain < 0)
            return;
        var (node, end) = fabric.NodesBelow(domain);
        var touched = 0;
        for (var left = Members; left > 0 && node < end; node++)
        {
            var free = fabric.Free[node];
            if (free < Gpus)
                continue;
            var taken = Math.Min(left, free / Gpus);
            entered[touched++] = (node, free);
            fabric.Move(node, free - taken * Gpus);
            left -= taken;
        }
        while (touched > 0)
        {
            var (last, free) = entered[--touched];
            fabric.Move(last, free);
        }
    }
}
