using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

public sealed class CheckpointCrashTests
{
    private static readonly string[] StagesOfOne =
        ["records written", "records flushed", "checkpoint in place", "witness updated", "log cut"];

    public static TheoryData<string, int> EveryStage
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var stage in StagesOfOne)
            {
                cases.Add(stage, 10);
                cases.Add(stage, 3 << 20);
            }
            return cases;
        }
    }

    [Fact]
    public async Task These_are_all_the_stages()
    {
        using var dir = new TempDirectory();
        var gate = new FaultGate();
        await using var state = DurableState.Open(SmallState(dir) with { Gate = gate });
        await state.Log.AppendAndCommit(1);
        gate.Stages.Clear();
        await state.CheckpointAsync(1, [], []);
        Assert.Equal(StagesOfOne, gate.Stages);
    }

    [Theory]
    [MemberData(nameof(EveryStage))]
    public async Task A_crash_at_any_stage_leaves_the_old_or_the_new_checkpoint_and_never_a_mixture(string stage, int totalBytes)
    {
        using var dir = new TempDirectory();
        using var after = new TempDirectory();
        var gate = new FaultGate();
        var filler = new string('f', Math.Min(totalBytes, 1 << 20));
        var state = DurableState.Open(SmallState(dir) with { Gate = gate });
        await state.Log.AppendAndCommit(400);
        // Rounds enough for the large records to force a rewrite into a new generation within the crashing checkpoint or just before it.
        for (var i = 0; i < 18 && totalBytes > filler.Length; i++)
            await state.CheckpointAsync(200, [Record(3, filler + i)], []);
        await state.CheckpointAsync(200, [Record(1, "old"), Record(2, "old")], []);
        gate.DieAtStage = stage;
        await Assert.ThrowsAnyAsync<IOException>(() => state.CheckpointAsync(350, [Record(1, "new"), Record(4, filler + "new")], [2]));
        using var crashed = dir.Snapshot();
        await state.DisposeAsync();

        foreach (var left in new[] { dir, crashed })
        {
            var held = new Holding();
            await using var again = DurableState.Open(SmallState(left), held.Reader);
            var records = held.Records;
            if (again.CheckpointSequence == 200)
            {
                Assert.Equal(("old", "old"), (records[1], records[2]));
                Assert.DoesNotContain(4ul, records.Keys);
            }
            else
            {
                Assert.Equal(350, again.CheckpointSequence);
                Assert.Equal("new", records[1]);
                Assert.DoesNotContain(2ul, records.Keys);
                Assert.Contains(4ul, records.Keys);
            }
            Assert.Equal(stage is "records written" or "records flushed" ? 200 : 350, again.CheckpointSequence);
            Assert.Equal(Range(again.CheckpointSequence + 1, 400), held.Entries);
        }
    }
}
