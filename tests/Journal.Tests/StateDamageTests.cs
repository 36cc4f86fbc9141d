using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>The same promise for the whole: all acknowledged data, or a refusal that names what is missing.</summary>
public sealed class StateDamageTests : IDisposable
{
    private const int Entries = 400;
    private const int Covered = 300;
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    public static TheoryData<Damage> EveryDamage => [.. Enum.GetValues<Damage>()];

    [Theory]
    [MemberData(nameof(EveryDamage))]
    public async Task A_spoilt_file_of_any_kind_is_noticed(Damage damage)
    {
        await Fill();
        foreach (var file in _dir.Files())
        {
            using var copy = _dir.Snapshot();
            damage.Apply(copy[Path.GetRelativePath(_dir.Path, file)]);
            await CompleteOrRefused(copy);
        }
    }

    [Fact]
    public async Task One_flipped_bit_in_any_store_file_is_harmless_or_noticed()
    {
        await Fill();
        var random = new Random(5);
        foreach (var file in _dir.Files().Where(f => f.Contains("store") || f.EndsWith("witness", StringComparison.Ordinal)))
        {
            for (var round = 0; round < 40; round++)
            {
                using var copy = _dir.Snapshot();
                var target = copy[Path.GetRelativePath(_dir.Path, file)];
                Damages.Flip(target, random.NextInt64(new FileInfo(target).Length), random.Next(8));
                await CompleteOrRefused(copy);
            }
        }
    }

    [Fact]
    public async Task A_missing_store_is_refused_when_the_log_was_cut_behind_it()
    {
        await Fill();
        Directory.Delete(_dir["store"], recursive: true);
        var refused = Assert.Throws<DataMissingException>(() => DurableState.Open(SmallState(_dir)));
        Assert.Contains(refused.Problems, p => p.Contains(_dir["store"]) && p.Contains($"{Covered}"));
        Assert.Equal(1, refused.Lost[0].From);
    }

    [Fact]
    public async Task A_missing_store_is_rebuilt_when_the_log_still_begins_at_one()
    {
        await using (var state = DurableState.Open(new DurableStateOptions { Directory = _dir.Path }))
        {
            await state.Log.AppendAndCommit(50);
            await state.CheckpointAsync(40, [Record(1, "one")], []);
        }
        Directory.Delete(_dir["store"], recursive: true);
        var held = new Holding();
        await using var again = DurableState.Open(new DurableStateOptions { Directory = _dir.Path }, held.Reader);
        Assert.Equal(0, again.CheckpointSequence);
        Assert.Empty(held.Image);
        Assert.Equal(Range(1, 50), held.Entries);
    }

    [Fact]
    public async Task A_damaged_store_is_put_aside_and_rebuilt_when_the_log_still_begins_at_one()
    {
        await using (var state = DurableState.Open(new DurableStateOptions { Directory = _dir.Path }))
        {
            await state.Log.AppendAndCommit(50);
            await state.CheckpointAsync(40, [Record(1, "one")], []);
        }
        Damage.RandomBytes.Apply(_dir["store/checkpoint"]);
        var held = new Holding();
        await using var again = DurableState.Open(new DurableStateOptions { Directory = _dir.Path }, held.Reader);
        Assert.Equal(0, again.CheckpointSequence);
        Assert.Empty(held.Image);
        Assert.Equal(Range(1, 50), held.Entries);
        Assert.Single(Directory.GetDirectories(_dir["damaged"]));
    }

    [Fact]
    public async Task A_directory_that_is_gone_as_a_whole_is_refused_when_a_marker_says_that_it_was_begun()
    {
        using var outside = new TempDirectory();
        var options = SmallState(_dir) with { Marker = outside["begun"] };
        await using (var state = DurableState.Open(options))
            await state.Log.AppendAndCommit(Entries);
        foreach (var begun in new[] { true, false })
        {
            if (begun)
                Directory.Delete(_dir.Path, recursive: true);
            else
                Array.ForEach(Directory.GetDirectories(_dir.Path), directory => Directory.Delete(directory, recursive: true));
            var refused = Assert.Throws<DataMissingException>(() => DurableState.Open(options));
            Assert.Contains(outside["begun"], refused.Message);
            Assert.Contains(_dir.Path, refused.Message);
        }

        await using (var state = DurableState.Open(options with { AcceptLoss = true }))
        {
            Assert.NotNull(state.Loss);
            await state.Log.AppendAndCommit(1);
        }
        var held = new Holding();
        await using var again = DurableState.Open(options, held.Reader);
        Assert.Equal([1], held.Entries);
    }

    [Theory]
    [InlineData("log files prepared")]
    [InlineData("store prepared")]
    [InlineData("witness prepared")]
    public async Task After_a_first_start_that_a_crash_or_a_full_disk_ended_the_next_one_begins_anew(string stage)
    {
        var gate = new FaultGate { DieAtStage = stage };
        Assert.Throws<IOException>(() => DurableState.Open(SmallState(_dir) with { Gate = gate }));
        await using var state = DurableState.Open(SmallState(_dir));
        Assert.Equal(1, await state.Log.AppendAndCommit(1));
    }

    [Fact]
    public async Task Data_from_before_there_were_markers_are_opened_and_marked()
    {
        using var outside = new TempDirectory();
        await Fill();
        await using (var state = DurableState.Open(SmallState(_dir) with { Marker = outside["begun"] }))
            Assert.Equal(Covered, state.CheckpointSequence);
        Assert.True(File.Exists(outside["begun"]));
    }

    [Fact]
    public async Task A_store_older_than_the_completed_checkpoint_is_refused()
    {
        await Fill();
        using var old = _dir.Snapshot();
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(300);
            await state.CheckpointAsync(state.Log.LastSequence, [Record(9, "nine")], []);
        }
        Directory.Delete(_dir["store"], recursive: true);
        Directory.Move(old["store"], _dir["store"]);
        var refused = Assert.Throws<DataMissingException>(() => DurableState.Open(SmallState(_dir)));
        Assert.Contains(refused.Problems, p => p.Contains("too old") && p.Contains($"{Covered}"));
    }

    [Fact]
    public async Task A_missing_log_is_no_loss_when_the_checkpoint_holds_everything()
    {
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            await state.Log.AppendAndCommit(Entries);
            await state.CheckpointAsync(Entries, [Record(1, "one")], []);
        }
        Directory.Delete(_dir["journal"], recursive: true);
        var held = new Holding();
        await using (var again = DurableState.Open(SmallState(_dir), held.Reader))
        {
            Assert.Equal("one", held.Records[1]);
            Assert.Empty(held.Entries);
            Assert.Equal(Entries + 1, await again.Log.AppendAndCommit(1));
        }
        held = new Holding();
        await using var third = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Equal([Entries + 1], held.Entries);
    }

    [Fact]
    public async Task A_missing_log_is_refused_when_something_was_acknowledged_behind_the_checkpoint()
    {
        await Fill();
        Directory.Delete(_dir["journal"], recursive: true);
        var refused = Assert.Throws<DataMissingException>(() => DurableState.Open(SmallState(_dir)));
        Assert.Equal([new SequenceRange(Covered + 1, Entries)], refused.Lost);
        Assert.Contains(_dir["journal"], refused.Message);
    }

    [Fact]
    public async Task Damage_among_entries_that_the_checkpoint_covers_is_stepped_over()
    {
        await using (var state = DurableState.Open(new DurableStateOptions { Directory = _dir.Path }))
        {
            await state.Log.AppendAndCommit(Entries);
            await state.CheckpointAsync(Covered, [Record(1, "one")], []);
        }
        var segment = Assert.Single(_dir.Segments("journal"));
        Damages.Flip(segment, 100);
        Damages.Flip(segment, 5_000);
        Damages.Flip(segment, 10_000);
        for (var round = 0; round < 3; round++)
        {
            var held = new Holding();
            await using var again = DurableState.Open(new DurableStateOptions { Directory = _dir.Path }, held.Reader);
            Assert.Equal(Range(Covered + 1, Entries + round), held.Entries);
            await again.Log.AppendAndCommit(1);
        }
    }

    [Fact]
    public async Task A_refusal_changes_nothing()
    {
        await Fill();
        Damages.Flip(_dir.Segments("journal")[^1], 300);
        File.Delete(_dir["store/checkpoint"]);
        var before = Contents();
        Assert.Throws<DataMissingException>(() => DurableState.Open(SmallState(_dir)));
        Assert.Equal(before, Contents());
    }

    [Theory]
    [InlineData("store")]
    [InlineData("journal")]
    [InlineData("both")]
    [InlineData("flip")]
    [InlineData("gap")]
    [InlineData("witness")]
    [InlineData("store file")]
    public async Task Accepting_a_loss_starts_with_what_is_there_and_says_what_is_not(string what)
    {
        await Fill();
        Spoil(what);
        long last;
        var held = new Holding();
        await using (var state = DurableState.Open(SmallState(_dir) with { AcceptLoss = true }, held.Reader))
        {
            Assert.NotNull(state.Loss);
            Assert.NotEmpty(state.Loss.Problems);
            Assert.All(state.Loss.MovedAside, f => Assert.True(File.Exists(f) || Directory.Exists(f)));
            Assert.Equal(what is "witness", state.Loss.Lost.Count == 0);
            Assert.Equal(what is "store" or "both" or "store file" ? 0 : 2, held.Image.Count);
            Assert.True(state.Log.FirstSequence <= state.CheckpointSequence + 1);
            Assert.Equal(Entries, state.Log.LastSequence);
            Assert.DoesNotContain(held.Entries, entry => entry <= state.CheckpointSequence);
            last = await state.Log.AppendAndCommit(2);
            Assert.Equal(Entries + 2, last);
        }
        Assert.NotEmpty(Directory.GetFiles(_dir["damaged"], "report.txt", SearchOption.AllDirectories));
        var kept = held.Entries;
        held = new Holding();
        await using var again = DurableState.Open(SmallState(_dir), held.Reader);
        Assert.Null(again.Loss);
        Assert.Equal([.. kept, last - 1, last], held.Entries);
    }

    [Theory]
    [InlineData("store", "log files prepared")]
    [InlineData("store", "store prepared")]
    [InlineData("store", "witness prepared")]
    [InlineData("journal", "log files prepared")]
    [InlineData("journal", "store prepared")]
    [InlineData("journal", "witness prepared")]
    [InlineData("flip", "log files prepared")]
    [InlineData("flip", "store prepared")]
    [InlineData("flip", "witness prepared")]
    public async Task A_crash_while_a_loss_is_accepted_neither_deletes_nor_reuses_a_number(string what, string stage)
    {
        await Fill();
        var segments = _dir.Segments("journal").Count;
        Spoil(what);
        var gate = new FaultGate { DieAtStage = stage };
        Assert.Throws<IOException>(() => DurableState.Open(SmallState(_dir) with { AcceptLoss = true, Gate = gate }));
        await using (var state = DurableState.Open(SmallState(_dir) with { AcceptLoss = true }))
            Assert.Equal(Entries + 1, await state.Log.AppendAndCommit(1));
        if (what != "journal")
            Assert.True(Directory.GetFiles(_dir.Path, "segment.*", SearchOption.AllDirectories).Length >= segments);
        await DurableState.Open(SmallState(_dir)).DisposeAsync();
    }

    private void Spoil(string what)
    {
        switch (what)
        {
            case "store":
                Directory.Delete(_dir["store"], recursive: true);
                break;
            case "journal":
                Directory.Delete(_dir["journal"], recursive: true);
                break;
            case "both":
                Directory.Delete(_dir["store"], recursive: true);
                Directory.Delete(_dir["journal"], recursive: true);
                break;
            case "flip":
                Damages.FlipEntry(_dir.Segments("journal"), Covered + 47);
                break;
            case "gap":
                File.Delete(_dir.Segments("journal")[0]);
                break;
            case "witness":
                File.Delete(_dir["witness"]);
                break;
            default:
                Damage.Zeroed.Apply(_dir["store/records.000001/records.0"]);
                break;
        }
    }

    private async Task CompleteOrRefused(TempDirectory directory)
    {
        try
        {
            var held = new Holding();
            await using var state = DurableState.Open(SmallState(directory), held.Reader);
            Assert.Equal(Covered, state.CheckpointSequence);
            Assert.Equal(Range(Covered + 1, Entries), held.Entries);
            Assert.Equal(new Dictionary<ulong, string> { [1] = "one", [2] = "two" }, held.Records);
        }
        catch (DataMissingException refused)
        {
            Assert.NotEmpty(refused.Problems);
            Assert.Contains(directory.Path, refused.Message);
        }
    }

    private async Task Fill()
    {
        await using var state = DurableState.Open(SmallState(_dir));
        for (var i = 0; i < Entries; i += 20)
            await state.Log.AppendAndCommit(20);
        await state.CheckpointAsync(Covered, [Record(1, "one"), Record(2, "two")], []);
        Assert.True(state.Log.FirstSequence > 1);
    }

    private Dictionary<string, string> Contents() =>
        _dir.Files().ToDictionary(f => f, f => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
