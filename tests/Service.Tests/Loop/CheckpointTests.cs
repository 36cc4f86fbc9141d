using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Loop;

public sealed class CheckpointTests
{
    [Fact]
    public async Task The_next_image_holds_only_the_parts_that_changed_and_deletes_those_that_are_gone()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 200);
        await world.Loop.SubmitAsync(Commands.Place(1));
        var first = new CheckpointImage(world.Loop.Snapshot, []);
        Assert.Equal(first.Written.Count, first.Upserts().Count());
        Assert.Empty(new CheckpointImage(world.Loop.Snapshot, first.Written).Upserts());

        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        await world.Loop.SubmitAsync(new ReleaseCommand { Workload = 1 });
        var second = new CheckpointImage(world.Loop.Snapshot, first.Written);

        // The node's page, the count of workloads and what the project has used; the page of workloads is empty and gone.
        Assert.Equal([ImageTable.Meta, ImageTable.NodePage, ImageTable.MeterPage], second.Upserts().Select(part => ImagePart.TableOf(part.Key)).Order());
        Assert.Equal([ImageTable.WorkloadPage], second.Deletes.Select(ImagePart.TableOf));
    }

    [Fact]
    public async Task Recovery_gives_the_same_state_from_the_checkpoint_from_the_journal_and_from_both()
    {
        using var disk = new Disk();
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, 100);
            await world.Loop.SubmitAsync(Commands.Place(1, 8));
            await world.Loop.SubmitAsync(Commands.Alert(1));
        }

        for (var round = 0; round < 4; round++)
        {
            ulong hash;
            await using (var world = new DiskWorld(disk))
            {
                await world.Loop.SubmitAsync(Commands.Place((ulong)(100 + round)));
                if (round % 2 == 1)
                    await world.Checkpointer.CheckpointAsync();
                await world.Loop.SubmitAsync(Commands.Alert(2 + round));
                await world.Loop.SubmitAsync(new RemoveNodeCommand { Name = Commands.NodeName(50 + round) });
                hash = world.Hash;
            }

            await using var next = new DiskWorld(disk);
            Assert.Equal(hash, next.Hash);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_is_lost_takes_no_run_with_it_that_the_journal_still_has(bool lost)
    {
        const int Ended = 1_100;
        using var disk = new Disk();
        // The journal still begins at 1, as it does until a whole segment is obsolete.
        await using (var world = new DiskWorld(disk, segmentBytes: 64 << 20))
        {
            await Commands.FillAsync(world.Loop, 10);
            await EndAsync(world.Loop, Ended);
            await world.Checkpointer.CheckpointAsync();
            Assert.Equal(Forgetting.KeptRuns, world.Loop.Snapshot.Repair.Ended.Count);
        }

        if (lost)
            Directory.Delete(Path.Combine(disk.Path, "store"), recursive: true);
        await using (var world = new DiskWorld(disk, segmentBytes: 64 << 20))
        {
            Assert.Equal(lost ? Ended : Forgetting.KeptRuns, world.Loop.Snapshot.Repair.Ended.Count);
            await world.Checkpointer.CheckpointAsync();
            Assert.Equal(Forgetting.KeptRuns, world.Loop.Snapshot.Repair.Ended.Count);
            var runs = new RunArchive(world.Durable).NewestFirst(world.Loop.Snapshot.Repair, long.MaxValue);
            Assert.Equal(Ended, runs.Count());
        }
    }

    [Fact]
    public async Task Parts_that_went_before_the_first_checkpoint_after_a_restart_are_deleted()
    {
        using var disk = new Disk();
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, 200);
            await world.Loop.SubmitAsync(Commands.Place(1));
            await world.Checkpointer.CheckpointAsync();
        }

        ulong hash;
        await using (var world = new DiskWorld(disk))
        {
            for (var node = 100; node <= 200; node++)
                await world.Loop.SubmitAsync(new RemoveNodeCommand { Name = Commands.NodeName(node) });
            await world.Loop.SubmitAsync(new ReleaseCommand { Workload = 1 });
            await world.Checkpointer.CheckpointAsync();
            hash = world.Hash;
        }

        await using var next = new DiskWorld(disk);
        Assert.Equal(0, next.Recovery.Replayed);
        Assert.Equal(hash, next.Hash);
        Assert.Equal(next.Loop.Snapshot.Parts().Select(part => part.Key).Order(), next.Recovery.StoredKeys.Order());
    }

    [Theory]
    [InlineData("records written")]
    [InlineData("records flushed")]
    [InlineData("checkpoint in place")]
    [InlineData("witness updated")]
    public async Task Nothing_is_lost_when_the_process_dies_or_the_disk_fails_within_a_checkpoint(string stage)
    {
        using var disk = new Disk();
        Disk? killed = null;
        ulong hash;
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, 100);
            await world.Checkpointer.CheckpointAsync();
            await world.Loop.SubmitAsync(Commands.Alert(1));
            await world.Loop.SubmitAsync(new RemoveNodeCommand { Name = Commands.NodeName(99) });
            await world.Loop.WaitForCommitAsync(world.Loop.Snapshot.Sequence);
            hash = world.Hash;
            world.Gate.At = reached =>
            {
                if (reached != stage)
                    return;
                killed = disk.Snapshot();
                throw new IOException("No space left on device");
            };
            await Assert.ThrowsAsync<IOException>(world.Checkpointer.CheckpointAsync);

            world.Gate.At = _ => { };
            Assert.Equal(hash, world.Hash);
            await world.Checkpointer.CheckpointAsync();
        }

        using var after = killed!;
        await using (var fromKilled = new DiskWorld(after))
            Assert.Equal(hash, fromKilled.Hash);
        await using var next = new DiskWorld(disk);
        Assert.Equal(hash, next.Hash);
        Assert.Equal(0, next.Recovery.Replayed);
    }

    [Fact]
    public async Task A_checkpoint_waits_for_the_commit_of_what_it_covers()
    {
        using var disk = new Disk();
        await using var world = new DiskWorld(disk);
        await Commands.FillAsync(world.Loop, 1);
        using var synced = new ManualResetEventSlim();
        world.Gate.BeforeSync = synced.Wait;
        await world.Loop.SubmitAsync(Commands.Place(1));
        var uncommitted = world.Loop.Snapshot.Sequence;
        var checkpoint = world.Checkpointer.CheckpointAsync();
        Assert.True(world.Durable.Log.CommittedSequence < uncommitted);
        Assert.False(checkpoint.IsCompleted);
        Assert.Equal(0, world.Durable.CheckpointSequence);

        synced.Set();
        await checkpoint;
        Assert.Equal(uncommitted, world.Durable.CheckpointSequence);
    }

    [Fact]
    public async Task Checkpoints_asked_for_at_once_take_turns()
    {
        using var disk = new Disk();
        ulong hash;
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, 50);
            var checkpoints = new List<Task>();
            for (ulong i = 1; i <= 20; i++)
            {
                await world.Loop.SubmitAsync(Commands.Place(i));
                checkpoints.Add(world.Checkpointer.CheckpointAsync());
            }

            await Task.WhenAll(checkpoints);
            hash = world.Hash;
        }

        await using var next = new DiskWorld(disk);
        Assert.Equal(hash, next.Hash);
    }

    [Fact]
    public async Task Time_does_not_run_backwards_over_a_restart_behind_a_checkpoint()
    {
        using var disk = new Disk();
        long before;
        var time = new FakeTimeProvider();
        await using (var world = new DiskWorld(disk, time))
        {
            await Commands.FillAsync(world.Loop, 1);
            await world.Checkpointer.CheckpointAsync();
            before = world.Loop.Snapshot.At;
        }

        await using var next = new DiskWorld(disk, new FakeTimeProvider(time.GetUtcNow() - TimeSpan.FromDays(1)));
        Assert.Equal(0, next.Recovery.Replayed);
        await next.Loop.SubmitAsync(Commands.Place(1));
        Assert.Equal(before, next.Loop.Snapshot.At);
    }

    /// <summary>Runs that are over, known to the cluster as such, and told.</summary>
    private static async Task EndAsync(EngineLoop loop, int runs)
    {
        var waiting = new List<Task<Reply>>();
        for (var run = 0; run < runs; run++)
        {
            waiting.Add(loop.SubmitAsync(Commands.Alert(2 + (run % 9), $"f{run}")).AsTask());
            waiting.Add(loop.SubmitAsync(Commands.Resolve(2 + (run % 9), $"f{run}")).AsTask());
        }

        await Task.WhenAll(waiting);
        waiting.Clear();
        foreach (var run in loop.Snapshot.Repair.Ended.Values)
        {
            waiting.Add(loop.SubmitAsync(new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, Marked = false }).AsTask());
            waiting.Add(loop.SubmitAsync(new ClaimTellingCommand { Run = run.Id, Teller = "teller", Lease = 1_000 }).AsTask());
            waiting.Add(loop.SubmitAsync(new RecordTellingCommand { Run = run.Id, Teller = "teller", Sender = "log", Told = run.Timeline.Length, Release = true }).AsTask());
        }

        Assert.All(await Task.WhenAll(waiting), reply => Assert.Equal(Outcome.Done, reply.Outcome));
    }
}
