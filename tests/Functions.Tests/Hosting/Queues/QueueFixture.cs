using Pipeline.Functions.Hosting.Queues;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Hosting.Queues;

/// <summary>A queue over a log in memory and a clock that the test moves.</summary>
internal sealed class QueueFixture : IAsyncDisposable
{
    public const string Steps = "steps";

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    public QueueFixture(EmbeddedQueueOptions? options = null, MemoryLog? log = null)
    {
        Options = options ?? new EmbeddedQueueOptions();
        Log = log ?? new MemoryLog();
        Queue = new EmbeddedQueue(Log, Options, Time);
    }

    public EmbeddedQueueOptions Options { get; }

    public FakeTimeProvider Time { get; } = new();

    public MemoryLog Log { get; private set; }

    public EmbeddedQueue Queue { get; private set; }

    public Task SendAsync(string message, double delaySeconds = 0) =>
        Queue.SendAsync(Steps, message, TimeSpan.FromSeconds(delaySeconds), CancellationToken.None);

    public QueueLease? Receive() => Queue.TryReceive(Steps, Lease);

    public QueueLease MustReceive() => Receive() ?? throw new InvalidOperationException("No message is visible.");

    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>A new process on what the old one had committed.</summary>
    public void Crash()
    {
        Log = Log.CutAfter(Log.CommittedSequence);
        Queue = new EmbeddedQueue(Log, Options, Time);
    }

    public ValueTask DisposeAsync() => Queue.DisposeAsync();
}
