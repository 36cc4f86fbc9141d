using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Gang;

/// <summary>What a placement on any node pays for the counts of the domains above it.</summary>
internal sealed class CountMoves(Fabric fabric)
{
    private const int Nodes = 4096;
    private const int PerBatch = 20;

    public void Run(Report report)
    {
        var random = new Random(3);
        var nodes = Enumerable.Range(0, Nodes).Select(_ => random.Next(fabric.Free.Length)).ToArray();
        var name = $"count a node's change {fabric.Free.Length / 1000}k";
        report.Note($"{name}: one change of a random node's free GPUs, means of {PerBatch}.");
        var measured = Measure.Batches(TimeProvider.System, 100_000, 20_000, PerBatch, step =>
        {
            var node = nodes[step % Nodes];
            fabric.Move(node, (fabric.Free[node] + 3) % (EngineWorld.GpusPerNode + 1));
        });
        report.Latency(name, measured);
        report.AtMost(name, "allocated", measured.BytesPerOperation, "B/op", 0);
    }
}
