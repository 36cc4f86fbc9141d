using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class RandomRepairTests
{
    public static TheoryData<int> Batches => [.. Enumerable.Range(0, 10)];

    /// <summary>Forty sequences a batch; a failure names its seed.</summary>
    [Theory]
    [MemberData(nameof(Batches))]
    public void Whatever_happens_the_invariants_hold_every_run_ends_and_the_journal_replays(int batch)
    {
        for (var seed = batch * 40; seed < (batch + 1) * 40; seed++)
        {
            var random = new RandomRepair(seed);
            var error = Record.Exception(() =>
            {
                random.Play(steps: 60);
                random.Scenario.CheckUnchanged = false;
                random.End(executorsAnswer: seed % 2 == 0);
                random.Scenario.Restart();
                random.Scenario.AssertReplays();
            });
            Assert.True(error is null, $"seed {seed}: {error}");
        }
    }

    [Fact]
    public void The_sequences_reach_every_reason_there_is()
    {
        var seen = new HashSet<Reason>();
        for (var seed = 0; seed < 600 && seen.Count < Enum.GetValues<Reason>().Length; seed++)
        {
            var random = new RandomRepair(seed);
            random.Scenario.CheckUnchanged = false;
            random.Play(steps: 60);
            random.End(executorsAnswer: seed % 2 == 0);
            seen.UnionWith(random.Scenario.Repair.Ended.Values.SelectMany(run => run.Timeline).Select(entry => entry.Reason));
        }

        Assert.Equal(Enum.GetValues<Reason>(), seen.Order());
    }
}
