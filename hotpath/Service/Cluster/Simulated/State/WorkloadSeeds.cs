using System.Numerics;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>Draws the shapes of workloads.</summary>
internal static class WorkloadSeeds
{
    /// <summary>Cumulative shares of the sizes 1, 2, 4 and 8.</summary>
    private static readonly double[] SizeShares = [0.45, 0.70, 0.88, 1.0];

    /// <summary>The shapes of the first workloads, larger ones first: placed in this order by best fit, all of them fit.</summary>
    public static List<WorkloadShape> Initial(SimulatedNode[] nodes, double fillPercent, ulong seed)
    {
        var shapes = new List<WorkloadShape>();
        var draw = 0UL;
        foreach (var group in nodes.CountBy(node => node.Group))
        {
            var wanted = (int)(group.Value * NodeHardware.GpuCount * fillPercent / 100);
            while (wanted > 0)
            {
                var size = Math.Min(Size(seed, draw++), 1 << BitOperations.Log2((uint)wanted));
                shapes.Add(new WorkloadShape(size, group.Key));
                wanted -= size;
            }
        }

        return [.. shapes.OrderByDescending(shape => shape.GpuCount)];
    }

    public static int Size(ulong seed, ulong subject)
    {
        var fraction = Dice.Fraction(seed, "size", subject);
        return 1 << Array.FindIndex(SizeShares, share => fraction < share);
    }
}
