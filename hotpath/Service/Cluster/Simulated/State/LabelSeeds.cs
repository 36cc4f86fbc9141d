using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>What all workloads of a controller have in common.</summary>
/// <param name="Team">Their namespace.</param>
internal sealed record WorkloadKind(string Team, WorkloadLabels Labels);

/// <summary>Draws what workloads say of themselves.</summary>
internal static class LabelSeeds
{
    private const ulong Teams = 6;
    private const int Services = 4;

    /// <summary>Of the first workloads, some that take a whole node are gangs of two: neighbours of one machine group.</summary>
    /// <param name="shapes">In the order in which they get their ids, from 1 on.</param>
    /// <returns>The first member's controller, by controller.</returns>
    public static Dictionary<ulong, ulong> Gangs(IReadOnlyList<WorkloadShape> shapes, ulong seed)
    {
        var gangs = new Dictionary<ulong, ulong>();
        for (var index = 0; index + 1 < shapes.Count && shapes[index + 1].GpuCount == NodeHardware.GpuCount; index++)
        {
            var first = (ulong)index + 1;
            if (shapes[index].Group != shapes[index + 1].Group || Dice.Fraction(seed, "gang", first) >= 0.5)
                continue;
            gangs[first] = gangs[first + 1] = first;
            index++;
        }

        return gangs;
    }

    /// <param name="gang">The gang's first controller; null: none.</param>
    public static WorkloadKind Of(ulong controller, ulong? gang, ulong seed)
        => new($"team-{(char)('a' + (gang ?? controller) % Teams)}", gang is { } first ? OfGang(first) : Alone(Dice.Fraction(seed, "labels", controller)));

    // Soft, so that it waits for room only.
    private static WorkloadLabels OfGang(ulong first) => new()
    {
        Gang = new GangLabel($"gang-{first}", 2, GangTopology.Soft),
        Provisioning = Provisioning.Reserved,
        ExpectedSeconds = 8 * 3600,
    };

    private static WorkloadLabels Alone(double draw) => draw switch
    {
        < 0.15 => new WorkloadLabels
        {
            Provisioning = Provisioning.Reserved,
            Category = Category.Serving,
            Purpose = Purpose.Service,
            Service = $"service-{(int)(draw / 0.15 * Services) + 1}",
        },
        < 0.3 => new WorkloadLabels { Category = Category.Interactive, Purpose = Purpose.Test, ExpectedSeconds = 3600 },
        < 0.5 => new WorkloadLabels { Provisioning = Provisioning.Spot, Category = Category.Data, ExpectedSeconds = 1800 },
        _ => WorkloadLabels.None,
    };
}
