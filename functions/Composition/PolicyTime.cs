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

    public static RepairPolicy Scale(RepairPolicy policy, double speed)
    {
        var scaled = policy.Clone();
        foreach (var fault in scaled.Classes.Where(fault => fault.Soak > ShortestSoak))
            fault.Soak = Math.Max(ShortestSoak, (long)(fault.Soak / Math.Max(1, speed)));
        return scaled;
    }
}
