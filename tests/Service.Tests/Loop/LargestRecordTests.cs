using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Loop;

/// <summary>A record that the store does not take would end all checkpoints, and the journal would never be cut again.</summary>
public sealed class LargestRecordTests
{
    // Three bytes a character, the most there is.
    private const char Wide = '語';

    private static readonly string Text = new(Wide, 8_192);

    [Fact]
    public async Task The_run_with_the_most_to_tell_fits_into_the_store()
    {
        var run = Largest();
        Assert.True(run.Timeline.Length > 900);
        var record = await ThroughTheStoreAsync(RepairParts.Of(RepairState.Empty with { Live = RepairState.Empty.Live.Add(run.Number, run) }), ImageTable.LiveRun);
        var reader = new CommandReader(record);
        Assert.Equal(run.Timeline.AsEnumerable(), RepairCodec.ReadRun(ref reader).Timeline);
    }

    [Fact]
    public async Task The_nodes_that_nobody_knows_fit_into_the_store()
    {
        var scope = new RepairScope(new ClusterState(), 0, new EffectBuffer());
        for (var name = 0; name < 4_096; name++)
        {
            for (var alert = 1; alert <= 20; alert++)
            {
                Homeless.Add(scope, $"{name:0000}{new string('n', 249)}", alert);
                Homeless.Add(scope, $"{name:0000}{new string(Wide, 249)}", alert);
            }
        }

        Assert.Equal(4_096, scope.State.Homeless.Count);
        Assert.All(scope.State.Homeless.Values, alerts => Assert.Equal(16, alerts.Length));
        await ThroughTheStoreAsync(RepairParts.Of(scope.State), ImageTable.RepairMeta);
    }

    [Fact]
    public async Task More_budgets_than_a_record_holds_are_kept()
    {
        using var disk = new Disk();
        ulong hash;
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, 1);
            for (var budget = 0; budget < 50_000; budget++)
                await world.Loop.ExecuteAsync(new SetBudgetCommand { Name = $"team-a/training-of-a-large-model-{budget:00000}", Allowed = 1 });
            await world.Checkpointer.CheckpointAsync();
            await world.Loop.ExecuteAsync(Commands.Place(1));
            // The budgets are as they were.
            await world.Checkpointer.CheckpointAsync();
            hash = world.Hash;
        }

        await using var next = new DiskWorld(disk);
        Assert.Equal(hash, next.Hash);
        Assert.Equal(2, next.Recovery.StoredKeys.Count(key => key == ImagePart.KeyOf(ImageTable.Budgets, 0) || LongParts.IsPiece(key)));
    }

    [Fact]
    public async Task More_large_gangs_than_a_record_holds_wait_and_go()
    {
        const int Gangs = 64;
        const ulong Members = 8_000;
        using var disk = new Disk();
        ulong hash;
        await using (var world = new DiskWorld(disk, segmentBytes: 4 << 20))
        {
            await Commands.FillAsync(world.Loop, 1);
            for (var gang = 1UL; gang <= Gangs; gang++)
            {
                var role = new GangRole("worker", new Shape(8, 1000, 0, 0, GroupSet.Any), [.. Enumerable.Range(1, (int)Members).Select(member => (gang * Members) + (ulong)member)], 0, 0);
                var reply = await world.Loop.ExecuteAsync(
                    new PlaceGangCommand { Gang = new GangSpec(gang, $"team-a/gang-{gang}", new WorkloadTraits(), 0, TopologyMode.None, 0, [role]), Wait = true });
                Assert.Equal(Outcome.Queued, reply.Outcome);
            }

            await world.Checkpointer.CheckpointAsync();
            hash = world.Hash;
        }

        await using (var next = new DiskWorld(disk, segmentBytes: 4 << 20))
        {
            Assert.Equal(hash, next.Hash);
            Assert.Contains(next.Recovery.StoredKeys, LongParts.IsPiece);
            for (var gang = 2UL; gang <= Gangs; gang++)
                await next.Loop.ExecuteAsync(new ReleaseGangCommand { Gang = gang });
            await next.Checkpointer.CheckpointAsync();
            hash = next.Hash;
        }

        await using var last = new DiskWorld(disk, segmentBytes: 4 << 20);
        Assert.Equal(hash, last.Hash);
        Assert.DoesNotContain(last.Recovery.StoredKeys, LongParts.IsPiece);
    }

    [Fact]
    public void A_story_keeps_its_long_details_until_there_are_too_many()
    {
        var run = Largest();
        Assert.Equal((256, 4_096), (run.Timeline[0].Actor.Length, run.Timeline[0].Detail.Length));
        Assert.Equal((32, 32), (run.Timeline[^1].Actor.Length, run.Timeline[^1].Detail.Length));
    }

    [Fact]
    public void No_character_of_a_detail_is_cut_in_two()
    {
        var run = Empty().Note(Reason.FaultAttached, 1, "webhook", "x" + string.Concat(Enumerable.Repeat("😀", 4_000)));
        Assert.Equal(4_095, run.Timeline[0].Detail.Length);
    }

    private static Run Largest()
    {
        var run = Empty() with
        {
            Summary = Text,
            Teller = Text,
            Episodes = [.. Enumerable.Range(0, 128).Select(i => new RunEpisode(new string(Wide, 256), i, new string(Wide, 256), 1, i, false))],
            Tellings = [.. Enumerable.Range(0, 8).Select(i => new Telling(Text, Text, i))],
        };
        for (var note = 0; note < 300; note++)
            run = run.Note(Reason.FaultAttached, note, Text, Text);
        // The most attempts there are, with more transitions each than the engine makes.
        for (var transition = 0; transition < 800; transition++)
            run = run.Enter(RunState.Acting, Reason.AttemptBegun, transition, Text, Text);
        return run;
    }

    private static Run Empty()
    {
        var step = new LadderStep(StepKind.Reboot, 1, 1, true, false, false);
        var fault = new FaultClass(new string(Wide, 256), 1, 1, 0, [.. Enumerable.Repeat(step, 64)], step, 1, RunState.Escalated);
        return new Run { Number = 1, Id = RunId.Of(1, 1), Node = 0, NodeName = Text, Class = fault, Pending = fault };
    }

    /// <returns>What the store gives back.</returns>
    private static async Task<byte[]> ThroughTheStoreAsync(IEnumerable<ImagePart> parts, ImageTable table)
    {
        var part = parts.Last(part => ImagePart.TableOf(part.Key) == table);
        var writer = new CommandWriter(new byte[64]);
        part.Write(ref writer);
        var bytes = writer.Written.ToArray();
        using var disk = new Disk();
        await using var durable = DurableState.Open(new DurableStateOptions { Directory = disk.Path });
        await durable.CheckpointAsync(0, [new(part.Key, bytes)], []);
        Assert.True(durable.TryRead(part.Key, out var stored));
        Assert.Equal(bytes, stored);
        return stored;
    }
}
