using System.Globalization;

namespace Pipeline.Simulation.Tests;

/// <summary>
/// Worlds from seeds. <c>PIPELINE_SEED</c> runs one of them alone, <c>PIPELINE_SEEDS</c> changes how many there are, and
/// <c>PIPELINE_FIRST_SEED</c> where they begin: those of every run hold, others may not.
/// </summary>
public sealed class SimulationTests
{
    private const int Seeds = 10_000;

    [Fact]
    public void Every_world_comes_to_rest_in_order()
    {
        if (Number("PIPELINE_SEED") is { } one)
        {
            new SimulatedWorld((ulong)one).Live();
            return;
        }

        var failures = SeedRun.Failures(Number("PIPELINE_FIRST_SEED") ?? 1, Number("PIPELINE_SEEDS") ?? Seeds, seed => new SimulatedWorld(seed).Live());
        Assert.True(failures.Count == 0, $"{failures.Count} seeds failed:\n{string.Join('\n', failures.Select(failure => failure.Split('\n')[0]))}\nThe first:\n{failures.FirstOrDefault()}");
    }

    private static long? Number(string variable)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
