using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>Commits on the thread of a caller, beside those of the commit thread.</summary>
public sealed class CallerCommitTests : IDisposable
{
    private readonly TempDirectory _dir = new();
    private readonly FaultGate _gate = new();
    private readonly ManualResetEventSlim _atDisk = new();
    private readonly ManualResetEventSlim _goOn = new();

    public void Dispose()
    {
        _dir.Dispose();
        _atDisk.Dispose();
        _goOn.Dispose();
    }

    [Fact]
    public async Task A_caller_commits_on_its_own_thread()
    {
        await using (var log = Open())
        {
            var (thread, reached) = (0, 0L);
            log.Committed = sequence => (thread, reached) = (Environment.CurrentManagedThreadId, sequence);
            for (var i = 1; i <= 300; i++)
            {
                log.Append(Payload(i));
                Assert.True(CommitHere(log));
                Assert.Equal((i, i), (log.CommittedSequence, reached));
                Assert.Equal(Environment.CurrentManagedThreadId, thread);
                Assert.True(log.WaitForCommitAsync(i).IsCompletedSuccessfully);
            }
        }
        await using var again = Open();
        Assert.Equal(Range(1, 300), again.ReplayAll());
    }

    [Fact]
    public async Task While_the_commit_thread_is_at_the_disk_a_caller_is_turned_away()
    {
        await using var log = Open();
        HoldAtDisk();
        log.Append(Payload(1));
        log.RequestCommit();
        _atDisk.Wait();

        log.Append(Payload(2));
        Assert.False(log.TryCommit());
        Assert.Equal(0, log.CommittedSequence);

        _goOn.Set();
        await log.WaitForCommitAsync(1);
        log.RequestCommit();
        await log.WaitForCommitAsync(2);
    }

    [Fact]
    public async Task What_is_asked_for_while_a_caller_is_at_the_disk_is_committed_after_it()
    {
        await using var log = Open();
        HoldAtDisk();
        log.Append(Payload(1));
        var caller = Task.Run(() => CommitHere(log));
        _atDisk.Wait();

        log.Append(Payload(2));
        log.RequestCommit();
        var second = log.WaitForCommitAsync(2).AsTask();
        Assert.False(second.IsCompleted);

        _goOn.Set();
        Assert.True(await caller);
        await second;
        Assert.Equal(2, log.CommittedSequence);
    }

    [Fact]
    public async Task A_disk_that_fails_a_caller_fails_the_log()
    {
        await using var log = Open();
        Exception? told = null;
        log.Failed = failure => told = failure;
        log.Append(Payload(1));
        var waiting = log.WaitForCommitAsync(1).AsTask();
        _gate.FailSync = path => path.Contains("segment", StringComparison.Ordinal);

        Assert.True(CommitHere(log));

        await Assert.ThrowsAsync<JournalFailedException>(() => waiting);
        Assert.Same(log.Failure, told);
        Assert.Equal((0, 0), (log.Append(Payload(2)), log.CommittedSequence));
        Assert.False(log.TryCommit());
    }

    [Fact]
    public async Task A_closed_log_turns_a_caller_away()
    {
        var log = Open();
        await log.DisposeAsync();
        Assert.False(log.TryCommit());
    }

    [Fact]
    public async Task Callers_and_the_commit_thread_lose_nothing_between_them()
    {
        const int Threads = 4;
        const int Each = 500;
        await using (var log = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
            {
                var random = new Random(thread);
                for (var i = 0; i < Each; i++)
                {
                    var sequence = log.Append(new byte[random.Next(300)]);
                    if (random.Next(3) == 0 || !log.TryCommit())
                        log.RequestCommit();
                    await log.WaitForCommitAsync(sequence);
                    Assert.True(log.CommittedSequence >= sequence);
                }
            })));
        }
        await using var again = Open();
        var expected = 0L;
        again.Replay(1, (sequence, _) => Assert.Equal(++expected, sequence));
        Assert.Equal(Threads * Each, expected);
    }

    private void HoldAtDisk() => _gate.BeforeSync = () =>
    {
        _atDisk.Set();
        _goOn.Wait();
    };

    // The commit thread looks in now and then, at its start and when a page became full, and a caller is turned away meanwhile.
    private static bool CommitHere(DurableLog log) => SpinWait.SpinUntil(log.TryCommit, Timeout.Infinite);

    private DurableLog Open() => DurableLog.Open(Small(_dir) with { Gate = _gate });
}
