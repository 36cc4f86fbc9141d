using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting.Queues;

namespace Pipeline.Functions.Tests.Hosting.Queues;

public sealed class QueueWatchTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_new_process_is_asked_for_when_the_log_has_failed_and_the_disk_takes_writes_again()
    {
        await using var fixture = new QueueFixture();
        var looks = 0;
        var full = true;
        bool TakesWrites()
        {
            looks++;
            return !full;
        }

        await using var watch = new QueueWatch(fixture.Queue, TakesWrites, fixture.Time, NullLogger<QueueWatch>.Instance);
        watch.Start();
        await PassAsync(fixture);
        Assert.Null(watch.NotReadyReason);
        Assert.Equal(0, looks);

        fixture.Log.Fail();
        Assert.Contains("The disk is full", watch.NotReadyReason);
        await PassAsync(fixture);
        await PassAsync(fixture);
        Assert.Equal(2, looks);
        Assert.False(watch.RestartDue.IsCompleted);

        full = false;
        fixture.Time.Advance(Pace);
        await watch.RestartDue.WaitAsync(HostFixture.Patience);
    }

    [Fact]
    public void A_probe_tells_a_disk_that_takes_writes_and_leaves_nothing_there()
    {
        var folder = Directory.CreateTempSubdirectory("probe-");
        Assert.True(QueueWatch.TakesWrites(Path.Combine(folder.FullName, "probe")));
        Assert.Empty(folder.GetFileSystemInfos());
        Assert.False(QueueWatch.TakesWrites(Path.Combine(folder.FullName, "missing", "probe")));
        folder.Delete();
    }

    /// <summary>The watch looks once, and waits again.</summary>
    private static async Task PassAsync(QueueFixture fixture)
    {
        fixture.Time.Advance(Pace);
        await fixture.Time.WhenTimerIsSetFor(fixture.Time.GetUtcNow() + Pace).WaitAsync(HostFixture.Patience);
    }
}
