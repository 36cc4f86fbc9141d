using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Journal;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Hosting.Queues;

public sealed class EmbeddedQueueStoreTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("queue-").FullName;
    private readonly FunctionMetrics _metrics = new();

    private string QueueDirectory => Path.Combine(_parent, "queue");

    public void Dispose()
    {
        _metrics.Dispose();
        Directory.Delete(_parent, true);
    }

    [Fact]
    public async Task A_damaged_log_is_set_aside_and_the_queue_starts_empty()
    {
        Directory.CreateDirectory(QueueDirectory);
        await File.WriteAllTextAsync(Path.Combine(QueueDirectory, "log"), "evidence");
        var resets = 0L;
        using var listener = new MeterListener { InstrumentPublished = (i, l) => { if (i.Name.EndsWith("queue.resets", StringComparison.Ordinal)) l.EnableMeasurementEvents(i); } };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => resets += count);
        listener.Start();
        await using var queue = await OpenAsync(d => Directory.Exists(d) ? throw new IOException("bytes are gone") : new MemoryLog(), e => e.Message == "bytes are gone");
        await queue.SendAsync("steps", "a", TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(1, queue.Count("steps"));
        Assert.Equal(1, resets);
        var aside = Assert.Single(Directory.GetDirectories(_parent));
        Assert.StartsWith("queue.damaged-", Path.GetFileName(aside));
        Assert.Equal("evidence", await File.ReadAllTextAsync(Path.Combine(aside, "log")));
    }

    [Fact]
    public async Task A_log_of_something_else_is_set_aside_and_closed()
    {
        Directory.CreateDirectory(QueueDirectory);
        var foreign = new MemoryLog();
        foreign.Append([200, 1, 2, 3]);
        foreign.RequestCommit();
        await using var queue = await OpenAsync(d => Directory.Exists(d) ? foreign : new MemoryLog(), _ => false);
        Assert.Empty(queue.Counts());
        Assert.True(foreign.Disposed);
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_for_another_reason_ends_the_start_and_stays_where_it_is()
    {
        Directory.CreateDirectory(QueueDirectory);
        var error = await Assert.ThrowsAsync<IOException>(() => OpenAsync(_ => throw new IOException("in use"), _ => false));
        Assert.Equal("in use", error.Message);
        Assert.True(Directory.Exists(QueueDirectory));
    }

    private Task<EmbeddedQueue> OpenAsync(Func<string, IDurableLog> open, Func<Exception, bool> isDamage) =>
        EmbeddedQueueStore.OpenAsync(
            QueueDirectory, open, isDamage, new EmbeddedQueueOptions(), new FakeTimeProvider(), _metrics, NullLogger.Instance);
}
