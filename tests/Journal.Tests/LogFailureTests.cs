using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

public sealed class LogFailureTests : IDisposable
{
    private readonly TempDirectory _dir = new();
    private readonly FaultGate _gate = new();

    public void Dispose() => _dir.Dispose();

    [Theory]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("new file")]
    public async Task A_disk_error_fails_the_commit_once_and_everything_after_it(string where)
    {
        var failures = new List<Exception>();
        long acknowledged;
        await using (var log = DurableLog.Open(Small(_dir) with { Gate = _gate }))
        {
            log.Failed = failures.Add;
            acknowledged = await log.AppendAndCommit(10);
            _gate.FailWrite = _ => where == "write";
            _gate.FailSync = _ => where == "sync";
            _gate.FailAllocate = (_, _) => where == "new file";

            var sequence = log.LastSequence;
            long next;
            while ((next = log.Append(Payload(sequence + 1))) != 0 && sequence < 5000)
                sequence = next;
            log.RequestCommit();
            await Assert.ThrowsAsync<JournalFailedException>(async () => await log.WaitForCommitAsync(log.LastSequence));
            Assert.IsType<JournalFailedException>(log.Failure);
            Assert.Contains("No space left", log.Failure.Message);
            Assert.Equal(0, log.Append(Payload(1)));
            log.RequestCommit();
            await Assert.ThrowsAsync<JournalFailedException>(async () => await log.WaitForCommitAsync(log.LastSequence));
            await log.WaitForCommitAsync(acknowledged);
            Assert.Throws<DirectoryInUseException>(() => DurableLog.Open(Small(_dir)));
        }
        Assert.Single(failures);
        await using var again = DurableLog.Open(Small(_dir));
        var recovered = again.ReplayAll();
        Assert.Equal(Range(1, recovered.Count), recovered);
        Assert.True(recovered.Count >= acknowledged);
    }

    [Fact]
    public void A_disk_that_is_full_from_the_start_is_an_error_and_not_a_log()
    {
        _gate.FailAllocate = (_, _) => true;
        Assert.ThrowsAny<IOException>(() => DurableLog.Open(Small(_dir) with { Gate = _gate }));
    }

    [Fact]
    public async Task After_a_failed_beginning_the_next_start_begins_anew()
    {
        _gate.FailSync = path => path.Contains("segment.");
        Assert.ThrowsAny<IOException>(() => DurableLog.Open(Small(_dir) with { Gate = _gate }));
        await using var log = DurableLog.Open(Small(_dir));
        Assert.Equal(1, await log.AppendAndCommit(1));
    }

    [Fact]
    public async Task Requests_made_while_the_commit_fails_are_answered()
    {
        using var syncing = new ManualResetEventSlim(false);
        using var go = new ManualResetEventSlim(false);
        await using var log = DurableLog.Open(Small(_dir) with { Gate = _gate });
        _gate.BeforeSync = () =>
        {
            syncing.Set();
            go.Wait();
        };
        _gate.FailSync = _ => true;
        var first = log.Append(Payload(1));
        log.RequestCommit();
        syncing.Wait();
        var second = log.Append(Payload(2));
        log.RequestCommit();
        var waits = new[] { log.WaitForCommitAsync(first).AsTask(), log.WaitForCommitAsync(second).AsTask() };
        go.Set();
        foreach (var wait in waits)
            await Assert.ThrowsAsync<JournalFailedException>(() => wait);
    }
}
