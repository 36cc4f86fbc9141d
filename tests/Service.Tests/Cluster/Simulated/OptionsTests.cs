using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class OptionsTests
{
    public static TheoryData<string, SimulatedClusterOptions> OutOfRange => new()
    {
        { "Nodes", new() { Nodes = 0 } },
        { "Nodes", new() { Nodes = 100_001 } },
        { "Speed", new() { Speed = 0.09 } },
        { "Speed", new() { Speed = 10_001 } },
        { "Speed", new() { Speed = double.NaN } },
        { "ActionFailurePercent", new() { ActionFailurePercent = -1 } },
        { "ActionFailurePercent", new() { ActionFailurePercent = 101 } },
        { "JitterPercent", new() { JitterPercent = 51 } },
        { "FillPercent", new() { FillPercent = 101 } },
        { "BudgetPercent", new() { BudgetPercent = 101 } },
        { "Churn", new() { Churn = -1 } },
        { "WatchBuffer", new() { WatchBuffer = 15 } },
        { "CompactAfter", new() { CompactAfter = 15 } },
        { "Directory", new() { Directory = " " } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_setting_out_of_range_is_refused_by_name(string name, SimulatedClusterOptions options)
    {
        var error = Assert.Throws<ArgumentException>(() => new SimulatedCluster(options, new FakeTime(), NullLogger.Instance));
        Assert.StartsWith($"Simulation:{name} ", error.Message);
        Assert.Single(options.Problems());
    }

    [Fact]
    public void The_defaults_and_the_ends_of_the_ranges_are_good()
    {
        Assert.Empty(new SimulatedClusterOptions().Problems());
        Assert.Empty(new SimulatedClusterOptions { Nodes = 1, Speed = 0.1, WatchBuffer = 16, CompactAfter = 16 }.Problems());
        Assert.Empty(new SimulatedClusterOptions { Nodes = 100_000, Speed = 10_000, ActionFailurePercent = 100, JitterPercent = 50 }.Problems());
    }

    [Fact]
    public void Every_setting_out_of_range_is_told_at_once()
        => Assert.Equal(2, new SimulatedClusterOptions { Nodes = 0, Speed = 0 }.Problems().Count);
}
