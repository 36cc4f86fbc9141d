using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Journal;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Hosting.Queues;

/// <summary>The queue over the log on disk.</summary>
public sealed class DurableQueueTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly string _parent = Directory.CreateTempSubdirectory("queue-").FullName;
    private readonly FunctionMetrics _metrics = new();
    private readonly FakeTimeProvider _time = new();

    private string QueueDirectory => Path.Combine(_parent, "queue");

    public void Dispose()
    {
        _metrics.Dispose();
        Directory.Delete(_parent, true);
    }

    [Fact]
    public async Task Messages_counts_and_poison_survive_a_restart()
    {
        await using (var queue = await OpenAsync())
        {
            foreach (var message in new[] { "done", "bad", "leased", new string('x', EmbeddedQueueOptions.MaxMessageBytes) })
                await SendAsync(queue, message);
            Assert.True(queue.Delete(queue.TryReceive("steps", Lease)!));
            Assert.True(queue.Poison(queue.TryReceive("steps", Lease)!));
            Assert.Equal("leased", queue.TryReceive("steps", Lease)?.Body);
        }

        await using var next = await OpenAsync();
        Assert.Equal("bad", Assert.Single(next.List("steps-poison", 10)).Body);
        var received = new[] { next.TryReceive("steps", Lease), next.TryReceive("steps", Lease) };
        Assert.Equal([2, 1], received.Select(m => m!.DequeueCount));
        Assert.Equal(["leased", "xxx"], received.Select(m => m!.Body[..Math.Min(m.Body.Length, m.Body[0] == 'x' ? 3 : 9)]));
        Assert.Null(next.TryReceive("steps", Lease));
    }

    [Fact]
    public async Task Traffic_does_not_grow_the_directory_without_end()
    {
        await using var queue = await OpenAsync(new EmbeddedQueueOptions { SlackBytes = 64 * 1024 });
        await queue.SendAsync("steps", "stays", TimeSpan.FromDays(1), CancellationToken.None);
        var body = new string('x', 60_000);
        for (var i = 0; i < 400; i++)
        {
            await SendAsync(queue, body);
            Assert.True(queue.Delete(queue.TryReceive("steps", Lease)!));
        }

        var bytes = new DirectoryInfo(QueueDirectory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Assert.InRange(bytes, 1, 400L * 60_000 / 2);
        Assert.Equal("stays", Assert.Single(queue.List("steps", 10)).Body);
    }

    [Fact]
    public async Task A_log_whose_bytes_are_gone_is_set_aside_and_the_queue_starts_empty()
    {
        await using (var queue = await OpenAsync())
        {
            for (var i = 0; i < 100; i++)
                await SendAsync(queue, $"message {i} {new string('x', 1000)}");
        }

        var segment = new DirectoryInfo(QueueDirectory).EnumerateFiles("*", SearchOption.AllDirectories).MaxBy(f => f.Length)!;
        await using (var file = segment.OpenWrite())
        {
            file.Position = 20_000;
            file.Write(new byte[10_000]);
        }

        await using var next = await OpenAsync();
        Assert.Empty(next.Counts());
        await SendAsync(next, "new");
        Assert.Equal(2, Directory.GetDirectories(_parent).Length);
    }

    [Fact]
    public async Task A_queue_that_another_instance_has_open_is_left_alone()
    {
        await using var queue = await OpenAsync();
        await SendAsync(queue, "a");
        await Assert.ThrowsAsync<DirectoryInUseException>(() => OpenAsync());
        Assert.Equal([QueueDirectory], Directory.GetDirectories(_parent));
        await SendAsync(queue, "b");
        Assert.Equal(2, queue.Count("steps"));
    }

    private static Task SendAsync(EmbeddedQueue queue, string message) =>
        queue.SendAsync("steps", message, TimeSpan.Zero, CancellationToken.None);

    private Task<EmbeddedQueue> OpenAsync(EmbeddedQueueOptions? options = null) =>
        EmbeddedQueueStore.OpenAsync(QueueDirectory, options ?? new EmbeddedQueueOptions(), _time, _metrics, NullLogger.Instance);
}
