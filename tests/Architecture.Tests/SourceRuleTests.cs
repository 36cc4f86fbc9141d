using System.Text.RegularExpressions;

namespace Pipeline.Architecture.Tests;

/// <summary>Rules that a reader of the sources relies on.</summary>
public partial class SourceRuleTests
{
    [Fact]
    public void The_product_reads_the_clock_only_through_a_TimeProvider()
        => Assert.Empty(Offenders(ClockReads()));

    [Fact]
    public void The_product_never_waits_on_the_wall_clock()
        => Assert.Empty(Offenders(WallClockWaits()));

    private static IEnumerable<string> Offenders(Regex banned)
        => new[] { "functions", "hotpath" }.SelectMany(Repository.Sources)
            .Where(source => banned.IsMatch(source.Text))
            .Select(source => source.Path);

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b|\bStopwatch\b|\bEnvironment\.TickCount")]
    private static partial Regex ClockReads();

    [GeneratedRegex(@"\bThread\.Sleep\(|\bTask\.Delay\([^,()]*(\([^()]*\)[^,()]*)*\)")]
    private static partial Regex WallClockWaits();
}
