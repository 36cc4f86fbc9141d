using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests;

/// <summary>Green means something only if a broken product turns it red.</summary>
public sealed class ControlTests
{
    // A few faults meet the world that shows them only once in hundreds.
    private const int Seeds = 2_000;

    [Theory]
    [InlineData(nameof(Sabotage.UnmarksAreDropped), "marks settle")]
    [InlineData(nameof(Sabotage.NobodySweeps), "every run ends")]
    [InlineData(nameof(Sabotage.BeginsAreNotJournaled), "an attempt is on disk before it acts")]
    [InlineData(nameof(Sabotage.AlertsAreForgotten), "an acknowledged alert is not lost")]
    [InlineData(nameof(Sabotage.ResumesActAgain), "what is not repeatable is started once in an attempt")]
    [InlineData(nameof(Sabotage.CommitsLie), "an acknowledged alert is not lost")]
    [InlineData(nameof(Sabotage.LostBindsAreLookedUp), "the place of a bind without an answer is nobody else's")]
    [InlineData(nameof(Sabotage.NobodyRechecks), "what is pending is in the queue")]
    [InlineData(nameof(Sabotage.NodesForgetTheirRun), "a node has one live run")]
    [InlineData(nameof(Sabotage.PlacementsIgnoreQuarantine), "a placement goes to a healthy node")]
    [InlineData(nameof(Sabotage.GangsIgnoreQuarantine), "a placement goes to a healthy node")]
    [InlineData(nameof(Sabotage.GuardIsOff), "the storm guard holds")]
    [InlineData(nameof(Sabotage.TimesAreJournaledLate), "a replay gives the same state")]
    [InlineData(nameof(Sabotage.NomineesStartAtOnce), "nobody is bound where others have yet to leave")]
    [InlineData(nameof(Sabotage.DrainsFindNobody), "an action kills no workload")]
    public void A_broken_product_is_noticed(string sabotage, string rule)
    {
        var failures = SeedRun.Failures(1, Seeds, seed => new SimulatedWorld(seed, Enum.Parse<Sabotage>(sabotage)).Live(), IsNoticed);
        Assert.Contains(failures, IsNoticed);

        bool IsNoticed(string failure) => failure.Contains(rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_gives_the_same_world_every_time()
    {
        var (one, other) = (new SimulatedWorld(7), new SimulatedWorld(7));
        one.Live();
        other.Live();
        Assert.Equal(one.Trace.ToString(), other.Trace.ToString());
        Assert.Equal(one.Invariants.Decisions, other.Invariants.Decisions);
    }
}
