using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Composition;

/// <summary>
/// In a simulated cluster that lives faster than the clock, a soak as long as in life would be most of the show. Deadlines stay as
/// they are: they bound the product's own work, which does not get faster.
/// </summary>
internal static class PolicyTime
{
    // Long enough to be seen.
    private const long ShortestSoak = 1_000;

    public static async Task<RepairPolicy> ScaleAsync(RepairPolicy policy, ISimulation simulation, CancellationToken cancellation)
    {
        var speed = (await simulation.DescribeAsync(cancellation)).Speed;
        var scaled = policy.Clone();
        foreach (var fault in scaled.Classes.Where(fault => fault.Soak > ShortestSoak))
            fault.Soak = Math.Max(ShortestSoak, (long)(fault.Soak / Math.Max(1, speed)));
        return scaled;
    }
}
