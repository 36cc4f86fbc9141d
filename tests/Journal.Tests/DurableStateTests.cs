using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

public sealed class DurableStateTests : IDisposable
{
    private readonly TempDirectory _dir = new();
    private readonly FaultGate _gate = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public async Task A_fresh_directory_begins_empty()
    {
        var held = new Holding();
        await using var state = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal((0, 0), (state.CheckpointSequence, state.Log.LastSequence));
        Assert.Empty(held.Image);
        Assert.Empty(held.Entries);
        Assert.Null(state.Loss);
    }

    [Fact]
    public async Task Recovery_is_the_image_and_then_the_log_behind_it()
    {
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(500);
            await state.CheckpointAsync(450, [Record(1, "one"), Record(2, "two"), Record(ulong.MaxValue, "last")], []);
            await state.CheckpointAsync(480, [Record(2, "two again"), Record(3, "")], [1, 77]);
            Assert.True(state.Log.FirstSequence > 300);
        }
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal(480, again.CheckpointSequence);
        Assert.Equal(
            new Dictionary<ulong, string> { [2] = "two again", [3] = "", [ulong.MaxValue] = "last" }, held.Records);
        Assert.Equal(Range(481, 500), held.Entries);
        Assert.True(again.TryRead(2, out var value));
        Assert.Equal("two again"u8.ToArray(), value);
        Assert.False(again.TryRead(1, out _));
        Assert.Equal(3, again.RecordCount);
    }

    [Fact]
    public async Task Everything_in_the_checkpoint_is_enough_when_the_log_is_empty_behind_it()
    {
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(200);
            await state.CheckpointAsync(200, [Record(1, "one")], []);
        }
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal(200, again.CheckpointSequence);
        Assert.Empty(held.Entries);
        Assert.Equal(201, await again.Log.AppendAndCommit(1));
    }

    [Fact]
    public async Task Records_of_a_mebibyte_and_many_small_ones_survive()
    {
        var large = new byte[1 << 20];
        new Random(3).NextBytes(large);
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(1);
            var many = Enumerable.Range(0, 20_000).Select(i => Record((ulong)i, $"value {i}"));
            var big = Enumerable.Range(0, 12).Select(i => new KeyValuePair<ulong, ReadOnlyMemory<byte>>((ulong)(100_000 + i), large));
            await state.CheckpointAsync(1, many.Concat(big), []);
            await Assert.ThrowsAsync<ArgumentException>(
                () => state.CheckpointAsync(1, [new(1, new byte[DurableState.MaxRecordBytes + 1])], []));
        }
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal(20_012, held.Image.Count);
        Assert.Equal("value 12345"u8.ToArray(), held.Image[12345]);
        Assert.Equal(large, held.Image[100_011]);
        Assert.True(again.TryRead(100_003, out var read));
        Assert.Equal(large, read);
        Assert.True(again.TryRead(17, out read));
        Assert.Equal("value 17"u8.ToArray(), read);
    }

    [Fact]
    public async Task Readers_see_whole_records_while_checkpoints_run()
    {
        await using var state = DurableState.Open(SmallState(_dir));
        await state.Log.AppendAndCommit(1);
        await state.CheckpointAsync(1, [Record(5, new string('a', 500))], []);
        const int Readers = 3;
        using var stop = new CancellationTokenSource();
        using var reading = new CountdownEvent(Readers);
        void Read()
        {
            for (var reads = 0; reads == 0 || !stop.IsCancellationRequested; reads++)
            {
                var found = state.TryRead(5, out var value);
                if (reads == 0)
                    reading.Signal();
                Assert.True(found);
                Assert.All(value!, b => Assert.Equal(value![0], b));
            }
        }
        var readers = Enumerable.Range(0, Readers)
            .Select(_ => Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        reading.Wait();
        for (var i = 0; i < 30; i++)
            await state.CheckpointAsync(1, [Record(5, new string((char)('a' + (i % 26)), 300 + i))], []);
        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Outdated_versions_do_not_pile_up()
    {
        const int Checkpoints = 60;
        const int RecordBytes = 1 << 20;
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(1);
            for (var i = 0; i < Checkpoints; i++)
            {
                var value = new byte[RecordBytes];
                value.AsSpan().Fill((byte)i);
                await state.CheckpointAsync(1, [new(1, value), Record(2, $"{i}")], []);
            }
        }
        Assert.InRange(_dir.Files().Where(f => f.Contains("store")).Sum(f => new FileInfo(f).Length), 1, Checkpoints / 2 * RecordBytes);
        Assert.Single(Directory.GetDirectories(_dir["store"]));
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal(Checkpoints - 1, held.Image[1][^1]);
        Assert.True(again.TryRead(2, out var small));
        Assert.Equal($"{Checkpoints - 1}", System.Text.Encoding.UTF8.GetString(small));
    }

    [Fact]
    public async Task A_record_that_did_not_change_is_not_written_again()
    {
        await using var state = DurableState.Open(SmallState(_dir));
        await state.Log.AppendAndCommit(1);
        await state.CheckpointAsync(1, [Record(1, new string('x', 100_000))], []);
        var before = _dir.Files().Where(f => f.Contains("records.")).Sum(f => new FileInfo(f).Length);
        for (var i = 0; i < 10; i++)
            await state.CheckpointAsync(1, [Record(1, new string('x', 100_000))], []);
        Assert.Equal(before, _dir.Files().Where(f => f.Contains("records.")).Sum(f => new FileInfo(f).Length));
    }

    [Fact]
    public async Task Appends_go_on_while_a_checkpoint_is_held_up()
    {
        await using var state = DurableState.Open(SmallState(_dir));
        await state.Log.AppendAndCommit(10);
        using var reached = new ManualResetEventSlim(false);
        using var go = new ManualResetEventSlim(false);
        IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Slow()
        {
            reached.Set();
            go.Wait();
            yield return Record(1, "one");
        }
        var checkpoint = state.CheckpointAsync(10, Slow(), []);
        reached.Wait();
        Assert.Equal(110, await state.Log.AppendAndCommit(100));
        Assert.False(checkpoint.IsCompleted);
        go.Set();
        await checkpoint;
        Assert.Equal(10, state.CheckpointSequence);
    }

    [Fact]
    public async Task A_checkpoint_of_what_is_not_committed_or_already_passed_is_refused()
    {
        await using var state = DurableState.Open(SmallState(_dir));
        await state.Log.AppendAndCommit(10);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => state.CheckpointAsync(11, [], []));
        await state.CheckpointAsync(5, [], []);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => state.CheckpointAsync(4, [], []));
    }

    [Theory]
    [InlineData("records.0")]
    [InlineData("checkpoint")]
    public async Task A_checkpoint_that_fails_leaves_the_one_before_and_the_next_one_works(string file)
    {
        await using (var state = DurableState.Open(SmallState(_dir) with { Gate = _gate }))
        {
            await state.Log.AppendAndCommit(10);
            await state.CheckpointAsync(5, [Record(1, "old")], []);
            _gate.FailWrite = path => path.Contains(file);
            await Assert.ThrowsAsync<IOException>(() => state.CheckpointAsync(8, [Record(1, "new"), Record(2, "two")], []));
            Assert.Equal(5, state.CheckpointSequence);
            Assert.True(state.TryRead(1, out var value));
            Assert.Equal("old"u8.ToArray(), value);
            Assert.False(state.TryRead(2, out _));
            Assert.Equal(20, await state.Log.AppendAndCommit(10));

            _gate.FailWrite = _ => false;
            await state.CheckpointAsync(9, [Record(2, "two")], []);
        }
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal(9, again.CheckpointSequence);
        Assert.Equal(new Dictionary<ulong, string> { [1] = "old", [2] = "two" }, held.Records);
    }

    [Fact]
    public async Task A_writer_that_throws_leaves_the_checkpoint_before()
    {
        await using var state = DurableState.Open(SmallState(_dir));
        await state.Log.AppendAndCommit(10);
        await state.CheckpointAsync(5, [Record(1, "old")], []);
        IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Broken()
        {
            yield return Record(1, "new");
            throw new InvalidOperationException("half-way");
        }
        await Assert.ThrowsAsync<InvalidOperationException>(() => state.CheckpointAsync(8, Broken(), []));
        Assert.True(state.TryRead(1, out var value));
        Assert.Equal("old"u8.ToArray(), value);
        Assert.Equal(5, state.CheckpointSequence);
    }

    [Fact]
    public async Task A_reader_that_fails_gives_the_directory_back()
    {
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(10);
            await state.CheckpointAsync(5, [Record(1, "one")], []);
        }
        Assert.Throws<InvalidDataException>(() => DurableState.Open(SmallState(_dir), new StateReader(_ => throw new InvalidDataException(), (_, _) => { })));
        Assert.Throws<InvalidDataException>(() => DurableState.Open(SmallState(_dir), new StateReader(_ => { }, (_, _) => throw new InvalidDataException())));
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal(Range(6, 10), held.Entries);
    }

    [Fact]
    public async Task A_second_instance_is_refused_and_a_closed_one_takes_no_checkpoint()
    {
        var state = DurableState.Open(SmallState(_dir));
        Assert.Throws<DirectoryInUseException>(() => DurableState.Open(SmallState(_dir)));
        await state.DisposeAsync();
        await state.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => state.CheckpointAsync(0, [], []));
        await DurableState.Open(SmallState(_dir)).DisposeAsync();
    }

    [Fact]
    public async Task It_reopens_again_and_again_with_checkpoints()
    {
        for (var round = 1; round <= 100; round++)
        {
            await using var state = DurableState.Open(SmallState(_dir));
            Assert.Equal((round - 1) * 3, state.Log.LastSequence);
            var last = await state.Log.AppendAndCommit(3);
            await state.CheckpointAsync(last - 1, [Record((ulong)(round % 7), $"{round}")], [(ulong)((round + 3) % 7)]);
        }
        var held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal([300], held.Entries);
        Assert.Equal("100", held.Records[100 % 7]);
    }
}
