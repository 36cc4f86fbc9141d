using Pipeline.TestDoubles.Journal;

namespace Pipeline.Journal.Tests;

/// <summary>The double keeps the contract of the real log.</summary>
public sealed class FaultyLogTests
{
    [Fact]
    public async Task It_numbers_commits_replays_and_truncates_like_the_real_one()
    {
        await using var log = new FaultyLog();
        Assert.Equal(1, log.Append([1]));
        Assert.Equal(2, log.Append([2]));
        log.RequestCommit();
        await log.WaitForCommitAsync(2);
        log.TruncateThrough(1);
        Assert.Equal((2, 2, 2), (log.FirstSequence, log.LastSequence, log.CommittedSequence));
        await using var next = log.Crash();
        var seen = new List<long>();
        next.Replay(2, (sequence, payload) => seen.Add(sequence + payload[0]));
        Assert.Equal([4], seen);
        Assert.Throws<ArgumentOutOfRangeException>(() => next.Replay(1, (_, _) => { }));
    }

    [Fact]
    public async Task A_held_commit_waits_for_the_hand()
    {
        await using var log = new FaultyLog { HoldCommits = true };
        var told = new List<long>();
        log.Committed = told.Add;
        log.Append([1]);
        log.RequestCommit();
        log.Append([2]);
        var wait = log.WaitForCommitAsync(2).AsTask();
        Assert.False(wait.IsCompleted);
        Assert.True(log.CommitPending);
        log.CompleteCommit();
        await wait;
        Assert.Equal([2], told);
    }

    [Fact]
    public async Task A_commit_that_fails_ends_the_log()
    {
        await using var log = new FaultyLog();
        Exception? told = null;
        log.Failed = failure => told = failure;
        log.FailNextCommit();
        var sequence = log.Append([1]);
        log.RequestCommit();
        await Assert.ThrowsAsync<JournalFailedException>(async () => await log.WaitForCommitAsync(sequence));
        Assert.Equal(told, log.Failure);
        Assert.Equal(0, log.Append([2]));
    }

    [Theory]
    [InlineData(CrashKind.Clean, 2)]
    [InlineData(CrashKind.UncommittedSurvives, 3)]
    [InlineData(CrashKind.LosesLastCommit, 1)]
    public async Task A_crash_leaves_what_its_kind_says(CrashKind kind, long expected)
    {
        await using var log = new FaultyLog();
        log.Append([1]);
        log.RequestCommit();
        log.Append([2]);
        log.RequestCommit();
        log.Append([3]);
        log.Append([4]);
        var wait = log.WaitForCommitAsync(4).AsTask();
        await using var next = log.Crash(kind, survivors: 1);
        Assert.Equal((expected, expected), (next.LastSequence, next.CommittedSequence));
        await Assert.ThrowsAsync<JournalFailedException>(() => wait);
    }
}
