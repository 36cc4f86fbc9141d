using Pipeline.Journal.Log;
using Pipeline.Journal.Tests.Support;
using Pipeline.TestDoubles.Time;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

public sealed class DurableLogTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public async Task A_new_log_is_empty_and_numbers_from_one()
    {
        await using var log = DurableLog.Open(Small(_dir));
        Assert.Equal((1, 0, 0), (log.FirstSequence, log.LastSequence, log.CommittedSequence));
        Assert.Empty(log.ReplayAll());
        Assert.Equal(1, log.Append(Payload(1)));
        Assert.Equal(2, log.Append(Payload(2)));
    }

    [Fact]
    public async Task Committed_entries_come_back_in_order_from_any_sequence()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
            await log.AppendAndCommit(500);
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal((500, 500), (again.LastSequence, again.CommittedSequence));
        Assert.Equal(Range(1, 500), again.ReplayAll());
        Assert.Equal(Range(321, 500), again.ReplayAll(321));
        Assert.Empty(again.ReplayAll(501));
    }

    [Fact]
    public async Task Disposal_commits_what_was_appended()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
            log.Append(Payload(1));
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal([1], again.ReplayAll());
    }

    [Fact]
    public async Task After_disposal_append_returns_zero_and_waiting_throws()
    {
        var log = DurableLog.Open(Small(_dir));
        await log.AppendAndCommit(1);
        await log.DisposeAsync();
        Assert.Equal(0, log.Append(Payload(2)));
        await log.WaitForCommitAsync(1);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task It_opens_a_thousand_times_and_loses_nothing()
    {
        for (var round = 1; round <= 1000; round++)
        {
            await using var log = DurableLog.Open(Small(_dir));
            Assert.Equal(round - 1, log.LastSequence);
            await log.AppendAndCommit(1);
        }
        await using var last = DurableLog.Open(Small(_dir));
        Assert.Equal(Range(1, 1000), last.ReplayAll());
    }

    [Fact]
    public async Task Entries_up_to_the_limit_fit_and_larger_ones_are_refused_with_the_sizes()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            var tooLarge = Assert.Throws<ArgumentException>(() => log.Append(new byte[log.MaxPayloadBytes + 1]));
            Assert.Contains($"{log.MaxPayloadBytes}", tooLarge.Message);
            Assert.Contains($"{Page}", tooLarge.Message);
            for (var i = 0; i < 20; i++)
            {
                var last = log.Append(new byte[log.MaxPayloadBytes]);
                log.RequestCommit();
                await log.WaitForCommitAsync(last);
            }
        }
        for (var round = 0; round < 3; round++)
        {
            // A page that is filled to its last byte puts the tail on a page boundary, and the fourth on a file boundary.
            await using var again = DurableLog.Open(Small(_dir));
            var sizes = new List<int>();
            again.Replay(1, (_, payload) => sizes.Add(payload.Length));
            Assert.Equal(20 + round, sizes.Count);
            Assert.All(sizes, s => Assert.Equal(again.MaxPayloadBytes, s));
            again.Append(new byte[again.MaxPayloadBytes]);
        }
    }

    [Fact]
    public async Task With_the_defaults_an_alert_body_of_one_mebibyte_fits()
    {
        var body = new byte[1 << 20];
        body.AsSpan().Fill(7);
        await using (var log = DurableLog.Open(new DurableLogOptions { Directory = _dir.Path }))
        {
            for (var i = 0; i < 30; i++)
                log.Append(body);
            log.RequestCommit();
            await log.WaitForCommitAsync(30);
        }
        await using var again = DurableLog.Open(new DurableLogOptions { Directory = _dir.Path });
        var count = 0;
        again.Replay(1, (_, payload) => count += payload.SequenceEqual(body) ? 1 : 0);
        Assert.Equal(30, count);
    }

    [Fact]
    public async Task More_than_memory_and_stages_hold_can_be_appended_before_the_first_commit()
    {
        const int Many = 20_000;
        Assert.True(Enumerable.Range(1, Many).Sum(i => Payload(i).Length) > 2 * LogStage.LimitBytes);
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            for (var i = 1; i <= Many; i++)
                Assert.Equal(i, log.Append(Payload(i)));
            log.RequestCommit();
            await log.WaitForCommitAsync(Many);
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal(Range(1, Many), again.ReplayAll());
    }

    [Fact]
    public async Task Much_is_written_before_anybody_asks_for_a_commit()
    {
        using var writes = new CountdownEvent(LogStage.LimitBytes / 4 / Page);
        var gate = new FaultGate();
        await using var log = DurableLog.Open(Small(_dir) with { Gate = gate });
        gate.FailWrite = _ =>
        {
            if (!writes.IsSet)
                writes.Signal();
            return false;
        };

        for (var staged = 0; staged < LogStage.LimitBytes / 2; staged += 1_000)
            log.Append(new byte[1_000]);

        writes.Wait();
    }

    [Fact]
    public async Task A_commit_with_nothing_appended_takes_nothing_back()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
            await log.AppendAndCommit(20);
        await using var again = DurableLog.Open(Small(_dir));
        List<long> told = [];
        again.Committed = told.Add;

        Assert.True(again.TryCommit());

        Assert.Equal(20, again.CommittedSequence);
        Assert.Empty(told);
    }

    [Fact]
    public async Task Producers_share_commits()
    {
        const int Producers = 64;
        using var hold = new ManualResetEventSlim(false);
        var gate = new FaultGate();
        await using var log = DurableLog.Open(Small(_dir) with { Gate = gate });
        var commits = 0;
        log.Committed = _ => commits++;
        using var syncing = new ManualResetEventSlim(false);
        gate.BeforeSync = () =>
        {
            syncing.Set();
            hold.Wait();
        };
        var first = log.Append(Payload(1));
        log.RequestCommit();
        syncing.Wait();

        var appended = Enumerable.Range(0, Producers).Select(_ => log.Append(Payload(2))).ToList();
        var waits = appended.Select(async sequence =>
        {
            log.RequestCommit();
            await log.WaitForCommitAsync(sequence);
        }).ToList();
        Assert.All(waits, w => Assert.False(w.IsCompleted));
        hold.Set();
        await log.WaitForCommitAsync(first);
        await Task.WhenAll(waits);
        Assert.Equal(2, commits);
    }

    [Fact]
    public async Task Many_threads_may_append_and_sequences_stay_gapless()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    var sequence = log.Append([1, 2, 3]);
                    log.RequestCommit();
                    await log.WaitForCommitAsync(sequence);
                }
            })));
        }
        await using var again = DurableLog.Open(Small(_dir));
        var expected = 0L;
        again.Replay(1, (sequence, _) => Assert.Equal(++expected, sequence));
        Assert.Equal(1600, expected);
    }

    [Fact]
    public async Task Commits_are_told_with_the_sequence_they_reached()
    {
        await using var log = DurableLog.Open(Small(_dir));
        var told = new List<long>();
        log.Committed = told.Add;
        await log.AppendAndCommit(3);
        await log.AppendAndCommit(2);
        await log.DisposeAsync();
        Assert.Equal([3, 5], told);
    }

    [Fact]
    public async Task A_listener_that_throws_does_not_end_the_log()
    {
        await using var log = DurableLog.Open(Small(_dir));
        log.Committed = _ => throw new InvalidOperationException("listener");
        await log.AppendAndCommit(1);
        await log.AppendAndCommit(1);
        Assert.Null(log.Failure);
    }

    [Fact]
    public async Task Truncation_frees_whole_files_and_keeps_the_rest()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            await log.AppendAndCommit(1000);
            var before = _dir.Segments().Count;
            log.TruncateThrough(700);
            Assert.InRange(log.FirstSequence, 500, 701);
            Assert.InRange(_dir.Segments().Count, 1, before / 2);
            Assert.Throws<ArgumentOutOfRangeException>(() => log.TruncateThrough(1001));
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal(Range(again.FirstSequence, 1000), again.ReplayAll());
        Assert.Throws<ArgumentOutOfRangeException>(() => again.Replay(again.FirstSequence - 1, (_, _) => { }));
        again.TruncateThrough(1000);
        Assert.Single(_dir.Segments());
        Assert.Equal(1001, await again.AppendAndCommit(1));
    }

    [Fact]
    public async Task The_witness_is_on_the_disk_before_a_file_goes()
    {
        var gate = new FaultGate();
        await using var log = DurableLog.Open(Small(_dir) with { Gate = gate, TimeProvider = new FakeTimeProvider() });
        await log.AppendAndCommit(300);
        var before = _dir.Segments();
        IReadOnlyList<string> whenSynced = [];
        gate.FailSync = path =>
        {
            whenSynced = path == _dir["witness"] ? _dir.Segments() : whenSynced;
            return false;
        };
        log.TruncateThrough(300);
        Assert.NotEqual(before, _dir.Segments());
        Assert.Equal(before, whenSynced);
    }

    [Fact]
    public async Task Sizes_of_an_existing_log_win_over_the_options()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
            await log.AppendAndCommit(300);
        await using (var log = DurableLog.Open(new DurableLogOptions { Directory = _dir.Path }))
        {
            Assert.Equal(Range(1, 300), log.ReplayAll());
            await log.AppendAndCommit(300);
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal(Range(1, 600), again.ReplayAll());
    }

    [Fact]
    public async Task What_a_killed_process_had_not_synced_is_synced_before_it_counts_as_committed()
    {
        TempDirectory? killed = null;
        var (gate, acknowledged) = (new FaultGate(), 0);
        await using (var log = DurableLog.Open(Small(_dir) with { Gate = gate }))
        {
            await log.AppendAndCommit(300);
            acknowledged = _dir.Segments().Count;
            gate.BeforeSync = () => killed ??= _dir.Segments().Count > acknowledged ? _dir.Snapshot() : null;
            await log.AppendAndCommit(300);
        }
        using (killed)
        {
            var synced = new HashSet<string>();
            gate = new FaultGate { FailSync = path => synced.Add(path) && false };
            await using var again = DurableLog.Open(Small(killed!) with { Gate = gate });
            var segments = killed!.Segments().Order(StringComparer.Ordinal).ToList();
            Assert.True(segments.Count > acknowledged);
            Assert.InRange(again.CommittedSequence, 301, 600);
            Assert.Empty(segments.Skip(acknowledged - 1).Except(synced));
            Assert.DoesNotContain(segments[0], synced);
        }
    }

    [Fact]
    public async Task A_second_instance_on_the_directory_is_refused()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            var refused = Assert.Throws<DirectoryInUseException>(() => DurableLog.Open(Small(_dir)));
            Assert.Contains(_dir.Path, refused.Message);
            await log.AppendAndCommit(1);
        }
        await DurableLog.Open(Small(_dir)).DisposeAsync();
    }

    [Fact]
    public async Task Misuse_is_refused()
    {
        await using var log = DurableLog.Open(Small(_dir));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.WaitForCommitAsync(1));
        log.Append(Payload(1));
        Assert.Throws<InvalidOperationException>(() => log.Replay(1, (_, _) => { }));
    }

    [Theory]
    [InlineData("PageBytes")]
    [InlineData("MemoryBytes")]
    [InlineData("SegmentBytes")]
    [InlineData("LogId")]
    public void A_setting_out_of_range_is_named(string field)
    {
        var options = field switch
        {
            "PageBytes" => Small(_dir) with { PageBytes = 5000 },
            "MemoryBytes" => Small(_dir) with { MemoryBytes = Page },
            "SegmentBytes" => Small(_dir) with { SegmentBytes = Page / 2 },
            _ => Small(_dir) with { LogId = 0 },
        };
        Assert.Contains(field, Assert.Throws<ArgumentException>(() => DurableLog.Open(options)).Message);
    }
}
