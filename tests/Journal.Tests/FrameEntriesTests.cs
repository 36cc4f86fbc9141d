using Pipeline.Journal.Log;
using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>Entries that share a frame.</summary>
public sealed class FrameEntriesTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("010000")]
    [InlineData("00000000")]
    [InlineData("FFFFFFFF")]
    [InlineData("02000000" + "01000000" + "61")]
    [InlineData("01000000" + "02000000" + "61")]
    [InlineData("01000000" + "FFFFFFFF" + "61")]
    [InlineData("01000000" + "01000000" + "6162")]
    [InlineData("01000000" + "01000000" + "61" + "00000000")]
    public void A_frame_that_does_not_hold_what_it_says_is_damaged_though_its_checksum_is_right(string payload)
    {
        Assert.False(LogFrame.TryRead(Frame(payload), out _));
        Assert.True(LogFrame.TryRead(Frame("02000000" + "01000000" + "61" + "00000000"), out var sound));
        Assert.Equal((6, 7), (sound.First, sound.Sequence));
    }

    [Fact]
    public async Task Small_entries_that_are_committed_together_share_what_a_frame_takes()
    {
        const int Entries = 10_000;
        const int EntryBytes = 50;
        await using (var log = DurableLog.Open(new DurableLogOptions { Directory = _dir.Path }))
        {
            for (var i = 0; i < Entries; i++)
                log.Append(new byte[EntryBytes]);
        }
        var content = File.ReadAllBytes(Assert.Single(_dir.Segments()));
        Array.Fill(content, (byte)0, 0, (int)LogGeometry.FirstAddress);
        Assert.InRange(Array.FindLastIndex(content, b => b != 0), Entries * EntryBytes, Entries * EntryBytes * 1.12);
    }

    [Fact]
    public async Task Reading_may_begin_at_any_entry_of_a_frame()
    {
        const int Entries = 100;
        await using (var log = DurableLog.Open(Small(_dir)))
            await log.AppendAndCommit(Entries);
        for (var from = 1; from <= Entries + 1; from++)
        {
            await using var log = DurableLog.Open(Small(_dir));
            Assert.Equal(Range(from, Entries), log.ReplayAll(from));
        }
    }

    [Fact]
    public async Task A_checkpoint_may_end_at_any_entry_of_a_frame()
    {
        const int Entries = 30;
        for (var covered = 1; covered <= Entries; covered++)
        {
            using var dir = new TempDirectory();
            await using (var state = DurableState.Open(SmallState(dir)))
            {
                await state.Log.AppendAndCommit(Entries);
                await state.CheckpointAsync(covered, [], []);
            }
            var held = new Holding();
            await using var again = DurableState.Open(SmallState(dir), held.Reader);
            Assert.Equal(Range(covered + 1, Entries), held.Entries);
        }
    }

    [Fact]
    public async Task What_is_left_of_a_log_begins_with_the_first_entry_of_a_frame()
    {
        long first;
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            await log.AppendAndCommit(500);
            log.TruncateThrough(300);
            first = log.FirstSequence;
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal(first, again.FirstSequence);
        Assert.InRange(first, 2, 301);
        Assert.Equal(Range(first, 500), again.ReplayAll());
    }

    private static byte[] Frame(string payload)
    {
        byte[] frame = [.. new byte[LogFrame.HeaderBytes], .. Convert.FromHexString(payload)];
        LogFrame.WriteHeader(frame, logId: 9, sequence: 7, committed: 3, FrameKind.Entries, LogGeometry.Of(4096, 16_384));
        return frame;
    }
}
