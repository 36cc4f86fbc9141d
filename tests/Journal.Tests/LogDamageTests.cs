using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>Whatever happens to the files: everything acknowledged is there, or the log refuses and names what is not.</summary>
public sealed class LogDamageTests : IDisposable
{
    private const int Entries = 400;
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
            await CompleteOrRefused(copy, Entries);
        }
    }

    [Fact]
    public async Task All_files_spoilt_at_once_is_noticed()
    {
        await Fill();
        foreach (var damage in Enum.GetValues<Damage>().Where(d => d != Damage.Removed))
        {
            using var copy = _dir.Snapshot();
            foreach (var file in copy.Files())
                damage.Apply(file);
            Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(copy)));
        }
    }

    [Fact]
    public async Task One_flipped_bit_anywhere_is_harmless_or_noticed()
    {
        await Fill();
        var random = new Random(20);
        var files = _dir.Files().ToList();
        for (var round = 0; round < 200; round++)
        {
            using var copy = _dir.Snapshot();
            var file = copy[Path.GetRelativePath(_dir.Path, files[random.Next(files.Count)])];
            Damages.Flip(file, random.NextInt64(new FileInfo(file).Length), random.Next(8));
            await CompleteOrRefused(copy, Entries);
        }
    }

    [Fact]
    public async Task A_flipped_bit_in_the_middle_is_named_and_what_lies_behind_is_mentioned()
    {
        await Fill();
        var file = _dir.Segments()[2];
        Damages.Flip(file, 1000);
        var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(_dir)));
        Assert.Contains(file, refused.Message);
        Assert.Contains("--accept-loss", refused.Message);
        Assert.Contains($"intact entries up to {Entries}", refused.Message);
        Assert.Equal(Entries, Assert.Single(refused.Lost).To);
    }

    [Fact]
    public async Task Without_a_witness_the_entries_behind_a_hole_still_prove_it()
    {
        await Fill();
        Damages.Flip(_dir.Segments()[2], 1000);
        File.Delete(_dir["witness"]);
        var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(_dir)));
        Assert.Contains(refused.Problems, p => p.Contains("witness") && p.Contains("missing"));
        Assert.Single(refused.Lost);
    }

    [Fact]
    public async Task A_missing_segment_is_named()
    {
        await Fill();
        var segments = _dir.Segments();
        for (var i = 0; i < segments.Count; i++)
        {
            using var copy = _dir.Snapshot();
            var missing = copy[Path.GetFileName(segments[i])];
            File.Delete(missing);
            var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(copy)));
            Assert.NotEmpty(refused.Lost);
            if (i > 0 && i < segments.Count - 1)
                Assert.Contains(missing, refused.Message);
        }
    }

    [Fact]
    public async Task A_missing_or_spoilt_witness_beside_entries_is_refused()
    {
        await Fill();
        foreach (var damage in Enum.GetValues<Damage>())
        {
            using var copy = _dir.Snapshot();
            if (damage == Damage.CutInHalf)
                continue;
            damage.Apply(copy["witness"]);
            var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(copy)));
            Assert.Contains(copy["witness"], Assert.Single(refused.Problems));
        }
    }

    [Fact]
    public async Task Files_of_another_log_are_refused()
    {
        await Fill();
        using var other = new TempDirectory();
        await using (var log = DurableLog.Open(Small(other)))
            await log.AppendAndCommit(Entries);
        File.Copy(other["witness"], _dir["witness"], overwrite: true);
        var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(_dir)));
        Assert.Contains("another log", refused.Message);
    }

    [Fact]
    public async Task A_torn_tail_that_nobody_was_told_of_is_cut_and_never_joins_up_with_later_entries()
    {
        using var torn = new TempDirectory();
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            await log.AppendAndCommit(50);
            using var before = _dir.Snapshot();
            await log.AppendAndCommit(30);
            foreach (var file in _dir.Files())
                File.Copy(Path.GetFileName(file) == "witness" ? before["witness"] : file, torn[Path.GetFileName(file)]);
        }
        var segment = torn.Segments()[^1];
        var content = File.ReadAllBytes(segment);
        var end = Array.FindLastIndex(content, b => b != 0);
        var tornAt = content.AsSpan(0, end).LastIndexOf(Payload(60).AsSpan(0, 16));
        Damages.Flip(segment, tornAt + 2);

        long last;
        await using (var log = DurableLog.Open(Small(torn)))
        {
            // The frames before the torn one.
            Assert.InRange(log.LastSequence, 51, 59);
            last = await log.AppendAndCommit(1);
        }
        await using var again = DurableLog.Open(Small(torn));
        Assert.Equal(Range(1, last), again.ReplayAll());
    }

    [Fact]
    public async Task Truncated_entries_are_not_reported_missing_but_truncated_too_far_they_are()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            await log.AppendAndCommit(Entries);
            log.TruncateThrough(Entries / 2);
        }
        await using (var log = DurableLog.Open(Small(_dir)))
            Assert.True(log.FirstSequence > 1);
        File.Delete(_dir.Segments()[0]);
        var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(_dir)));
        Assert.Contains("are gone: the journal in", refused.Message);
    }

    [Fact]
    public async Task Damage_in_a_truncated_file_that_a_crash_left_behind_is_stepped_over()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            await log.AppendAndCommit(Entries);
            var truncated = _dir.Segments()[0];
            var content = File.ReadAllBytes(truncated);
            log.TruncateThrough(Entries);
            content.AsSpan(Page, Page).Clear();
            File.WriteAllBytes(truncated, content);
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal(Range(again.FirstSequence, Entries), again.ReplayAll());
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("first segment")]
    [InlineData("middle segment")]
    [InlineData("all segments")]
    [InlineData("witness")]
    public async Task Accepting_a_loss_goes_on_above_every_number_ever_used_and_keeps_the_damaged_files(string what)
    {
        await Fill();
        var segments = _dir.Segments();
        switch (what)
        {
            case "flip":
                Damages.Flip(segments[2], 1000);
                break;
            case "first segment":
                Damage.Zeroed.Apply(segments[0]);
                break;
            case "middle segment":
                File.Delete(segments[1]);
                break;
            case "all segments":
                foreach (var segment in segments)
                    File.Delete(segment);
                break;
            default:
                File.Delete(_dir["witness"]);
                break;
        }
        long last;
        List<long> kept;
        await using (var log = DurableLog.Open(Small(_dir) with { AcceptLoss = true, Logger = NullLogger.Instance }))
        {
            Assert.NotNull(log.Loss);
            Assert.NotEmpty(log.Loss.Problems);
            Assert.All(log.Loss.MovedAside, f => Assert.True(File.Exists(f)));
            Assert.Equal(Entries, log.LastSequence);
            kept = log.FirstSequence > log.LastSequence ? [] : log.ReplayAll();
            Assert.Equal(Range(1, kept.Count), kept);
            Assert.Equal(what == "witness" ? 0 : Entries - kept.Count, log.Loss.Lost.Sum(l => l.To - l.From + 1));
            last = await log.AppendAndCommit(3);
            Assert.Equal(Entries + 3, last);
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Null(again.Loss);
        Assert.Equal([.. kept, .. Range(Entries + 1, last)], again.ReplayAll());
    }

    private static async Task CompleteOrRefused(TempDirectory directory, long acknowledged)
    {
        try
        {
            await using var log = DurableLog.Open(Small(directory));
            Assert.Equal(Range(1, acknowledged), log.ReplayAll());
        }
        catch (DataMissingException refused)
        {
            Assert.NotEmpty(refused.Problems);
            Assert.Contains(directory.Path, refused.Message);
        }
    }

    private async Task Fill()
    {
        await using var log = DurableLog.Open(Small(_dir));
        for (var i = 0; i < Entries; i += 20)
            await log.AppendAndCommit(20);
    }
}
