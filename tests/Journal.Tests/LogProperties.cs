using FsCheck;
using FsCheck.Fluent;
using Pipeline.Journal.Tests.Support;

namespace Pipeline.Journal.Tests;

/// <summary>
/// Any history of appends, commits, truncations, restarts and crashes keeps what was acknowledged, in order and unchanged.
/// </summary>
public sealed class LogProperties
{
    private enum Act
    {
        Append,
        Commit,
        Truncate,
        Restart,
        Crash,
    }

    [Fact]
    public void Histories_keep_what_was_acknowledged()
    {
        var step = Gen.Frequency(
            (10, Gen.Choose(0, LogHelp.Page - 60).Select(size => (Act.Append, size))),
            (4, Gen.Constant((Act.Commit, 0))),
            (1, Gen.Choose(0, 100).Select(percent => (Act.Truncate, percent))),
            (1, Gen.Constant((Act.Restart, 0))),
            (1, Gen.Constant((Act.Crash, 0))));
        var histories = step.ListOf().Resize(60).ToArbitrary();
        Prop.ForAll(histories, history => Play(history).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60)));
    }

    private static async Task Play(IEnumerable<(Act Act, int Size)> history)
    {
        var dir = new TempDirectory();
        try
        {
            var log = DurableLog.Open(LogHelp.Small(dir));
            var entries = new List<byte[]>();
            foreach (var (act, size) in history)
            {
                switch (act)
                {
                    case Act.Append:
                        var payload = new byte[size];
                        payload.AsSpan().Fill((byte)(entries.Count + 1));
                        entries.Add(payload);
                        Assert.Equal(entries.Count, log.Append(payload));
                        break;
                    case Act.Commit:
                        log.RequestCommit();
                        await log.WaitForCommitAsync(entries.Count);
                        break;
                    case Act.Truncate:
                        log.TruncateThrough(log.CommittedSequence * size / 100);
                        break;
                    case Act.Restart:
                        await log.DisposeAsync();
                        log = Reopened(dir, entries, entries.Count);
                        break;
                    default:
                        // The commit thread must be idle while the files are copied.
                        log.RequestCommit();
                        await log.WaitForCommitAsync(entries.Count);
                        var crashed = dir.Snapshot();
                        await log.DisposeAsync();
                        dir.Dispose();
                        dir = crashed;
                        log = Reopened(dir, entries, entries.Count);
                        break;
                }
            }
            await log.DisposeAsync();
            await Reopened(dir, entries, entries.Count).DisposeAsync();
        }
        finally
        {
            dir.Dispose();
        }
    }

    private static DurableLog Reopened(TempDirectory dir, List<byte[]> entries, long acknowledged)
    {
        var log = DurableLog.Open(LogHelp.Small(dir));
        Assert.Equal(acknowledged, log.LastSequence);
        var expected = log.FirstSequence;
        log.Replay(expected, (sequence, payload) =>
        {
            Assert.Equal(expected++, sequence);
            Assert.True(payload.SequenceEqual(entries[(int)sequence - 1]));
        });
        Assert.Equal(acknowledged + 1, expected);
        return log;
    }
}
