using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Functions.Hosting.Queues;

namespace Pipeline.Functions.Tests.Hosting.Queues;

public sealed class QueueRecoveryTests
{
    private const string Steps = QueueFixture.Steps;

    [Fact]
    public async Task After_a_crash_leased_messages_are_visible_at_once_and_keep_their_count()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        var dead = fixture.MustReceive();
        fixture.Crash();
        var again = fixture.MustReceive();
        Assert.Equal(2, again.DequeueCount);
        Assert.NotEqual(dead.Receipt, again.Receipt);
        Assert.False(fixture.Queue.Delete(dead));
    }

    [Fact]
    public async Task After_a_crash_a_retry_still_waits_for_its_time()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        fixture.Queue.Release(fixture.MustReceive(), TimeSpan.FromSeconds(5));
        fixture.Advance(1);
        fixture.Crash();
        Assert.Null(fixture.Receive());
        fixture.Advance(4);
        Assert.NotNull(fixture.Receive());
    }

    [Fact]
    public async Task After_a_crash_with_the_clock_set_back_a_message_waits_no_longer()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a", 5);
        fixture.Time.Set(fixture.Time.GetUtcNow() - TimeSpan.FromHours(1));
        fixture.Crash();
        Assert.Null(fixture.Receive());
        fixture.Advance(6);
        Assert.NotNull(fixture.Receive());
    }

    [Fact]
    public async Task A_delete_is_committed_within_the_commit_delay()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        fixture.Time.Advance(fixture.Options.CommitDelay);
        fixture.Crash();
        Assert.Equal(0, fixture.Queue.Count(Steps));
    }

    [Fact]
    public async Task A_delete_that_a_crash_loses_is_a_redelivery()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        fixture.Crash();
        Assert.Equal(2, fixture.MustReceive().DequeueCount);
    }

    [Fact]
    public async Task An_orderly_end_commits_everything()
    {
        var fixture = new QueueFixture(log: new MemoryLog { Manual = true });
        var send = fixture.SendAsync("a");
        fixture.Log.Commit();
        await send;
        Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        var log = fixture.Log;
        var end = fixture.Queue.DisposeAsync();
        log.Commit();
        await end;
        Assert.True(log.Disposed);
        await using var next = new QueueFixture(log: log.CutAfter(log.CommittedSequence));
        Assert.Equal(0, next.Queue.Count(Steps));
    }

    [Fact]
    public async Task Traffic_around_messages_that_stay_keeps_the_log_bounded_and_loses_none_of_them()
    {
        await using var fixture = new QueueFixture(new EmbeddedQueueOptions { SlackBytes = 4096 });
        for (var i = 0; i < 20; i++)
            await fixture.SendAsync($"stays {i}", delaySeconds: 86_400);
        var longest = 0;
        for (var i = 0; i < 5_000; i++)
        {
            await fixture.SendAsync("passes");
            Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
            longest = Math.Max(longest, fixture.Log.EntryCount);
        }

        Assert.InRange(longest, 20, 400);
        Assert.True(fixture.Log.FirstSequence > 10_000);
        fixture.Crash();
        Assert.Equal(20, fixture.Queue.List(Steps, 100).Count(m => m.Body.StartsWith("stays", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_empty_queue_lets_go_of_its_log()
    {
        await using var fixture = new QueueFixture(new EmbeddedQueueOptions { SlackBytes = 1024 });
        for (var i = 0; i < 100; i++)
        {
            await fixture.SendAsync("passes");
            Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        }

        Assert.InRange(fixture.Log.EntryCount, 0, 60);
    }

    [Fact]
    public async Task A_log_that_cannot_be_cut_is_longer_and_stops_nobody()
    {
        await using var fixture = new QueueFixture(new EmbeddedQueueOptions { SlackBytes = 1024 });
        fixture.Log.CutFailure = new IOException("Read-only file system");
        for (var i = 0; i < 200; i++)
        {
            if (i == 100)
                fixture.Log.CutFailure = null;
            await fixture.SendAsync("passes");
            Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        }

        Assert.InRange(fixture.Log.EntryCount, 0, 60);
    }

    [Fact]
    public void Whatever_is_cut_off_the_end_replay_gives_the_state_of_that_moment_and_keeps_every_acknowledged_change() =>
        Prop.ForAll(
                Gen.Choose(0, 9).Select(n => (byte)n).ArrayOf(120).ToArbitrary(),
                Gen.Choose(0, 1_000).ToArbitrary(),
                (choices, cut) => CheckCrash(choices, cut))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(300)));

    private static void CheckCrash(byte[] choices, int cut)
    {
        var fixture = new QueueFixture(
            new EmbeddedQueueOptions { SlackBytes = 1024, MaxPoisonMessages = 3 }, new MemoryLog { Manual = true });
        var history = new SortedDictionary<long, List<string>>();
        var acknowledged = new HashSet<string>();
        var removed = new Dictionary<string, (long After, long Through)>();
        var sends = new List<(string Body, Task Done)>();
        var held = new List<QueueLease>();
        history[0] = [];
        for (var i = 0; i < choices.Length; i++)
        {
            Act(fixture, choices[i], i, sends, held, removed);
            history[fixture.Log.LastSequence] = Picture(fixture.Queue);
            acknowledged.UnionWith(sends.Where(s => s.Done.IsCompletedSuccessfully).Select(s => s.Body));
        }

        // A crash keeps everything committed, and any part of what was on its way.
        var committed = fixture.Log.CommittedSequence;
        var survived = committed + (fixture.Log.LastSequence - committed) * cut / 1_000;
        var reopened = new EmbeddedQueue(fixture.Log.CutAfter(survived), fixture.Options, fixture.Time);
        var bodies = reopened.Counts().SelectMany(q => reopened.List(q.Key, int.MaxValue)).Select(m => m.Body).ToHashSet();

        // One step may write several records (copies of old messages, a poison that drops the oldest), so only the moments between steps
        // have a picture, and a delete happened somewhere within its step.
        if (history.TryGetValue(survived, out var expected))
            Assert.Equal(expected, Picture(reopened));
        foreach (var body in acknowledged)
            Assert.True(bodies.Contains(body) || removed.TryGetValue(body, out var at) && at.After < survived, $"'{body}' was acknowledged and is lost.");
        foreach (var (body, _) in removed.Where(r => r.Value.Through <= survived))
            Assert.False(bodies.Contains(body), $"'{body}' was deleted, the delete survived, and it is back.");
    }

    private static void Act(
        QueueFixture fixture, byte choice, int step, List<(string Body, Task Done)> sends, List<QueueLease> held, Dictionary<string, (long After, long Through)> removed)
    {
        var oldest = held.FirstOrDefault();
        var last = fixture.Log.LastSequence;
        switch (choice)
        {
            case 0 or 1 or 2:
                var body = $"message {step} {new string('x', step % 50)}";
                sends.Add((body, fixture.SendAsync(body, step % 3)));
                break;
            case 3 or 4 when fixture.Receive() is { } taken:
                held.Add(taken);
                break;
            case 5 when oldest is not null:
                held.Remove(oldest);
                if (fixture.Queue.Delete(oldest))
                    removed[oldest.Body] = (last, fixture.Log.LastSequence);
                break;
            case 6 when oldest is not null:
                held.Remove(oldest);
                fixture.Queue.Release(oldest, TimeSpan.FromSeconds(step % 4));
                break;
            case 7 when oldest is not null:
                held.Remove(oldest);
                var before = Bodies(fixture.Queue);
                fixture.Queue.Poison(oldest);
                foreach (var dropped in before.Except(Bodies(fixture.Queue)))
                    removed[dropped] = (last, fixture.Log.LastSequence);
                break;
            case 8:
                fixture.Log.Commit();
                break;
            case 9:
                fixture.Advance(7);
                break;
        }
    }

    private static HashSet<string> Bodies(EmbeddedQueue queue) =>
        [.. queue.Counts().SelectMany(q => queue.List(q.Key, int.MaxValue)).Select(m => m.Body)];

    /// <summary>What survives a crash, leases aside.</summary>
    private static List<string> Picture(EmbeddedQueue queue) =>
    [
        .. queue.Counts()
            .SelectMany(q => queue.List(q.Key, int.MaxValue).Select(m => $"{q.Key} {m.Id} {m.Body} {m.DequeueCount} {m.InsertedAt:O}"))
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Every_record_reads_back_as_it_was_written()
    {
        var message = new StoredMessage
        {
            Id = 7,
            Queue = "steps",
            Body = Encoding.UTF8.GetBytes("héllo"),
            InsertedAt = 11,
            VisibleAt = 12,
            DequeueCount = 3,
            Receipt = 9,
        };
        QueueRecord[] records =
        [
            QueueRecord.Enqueue(1, "steps", Encoding.UTF8.GetBytes("body"), 5, 6),
            QueueRecord.Enqueue(1, "abc", ReadOnlyMemory<byte>.Empty, 5, 6),
            QueueRecord.Lease(1, 2, 3),
            QueueRecord.Renew(1, 2),
            QueueRecord.Release(long.MaxValue, 2),
            QueueRecord.Delete(1),
            QueueRecord.Poison(1, 2),
            QueueRecord.Keep(message),
        ];
        foreach (var record in records)
        {
            var bytes = new byte[QueueRecordCodec.Size(record)];
            QueueRecordCodec.Write(record, bytes);
            var read = QueueRecordCodec.Read(bytes);
            Assert.Equal(record.Body.ToArray(), read.Body.ToArray());
            Assert.Equal(record with { Body = default }, read with { Body = default });
            var end = record.IsWhole ? bytes.Length - record.Body.Length : bytes.Length;
            for (var length = 0; length < end; length++)
                Assert.Throws<InvalidDataException>(() => QueueRecordCodec.Read(bytes.AsSpan(0, length)));
        }
    }
}
