using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.RepairStep;
using Pipeline.Simulation.Tests.Core;
using Pipeline.TestDoubles.Journal;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>
/// The real queue over a log in memory, and a listener that delivers late, loses deletes, gives failed messages back and sets hopeless
/// ones aside, as the product's listener does.
/// </summary>
internal sealed class QueuePlayer : IQueueSender
{
    private const int MaxDeliveries = 5;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    private readonly SimulatedWorld _world;
    private readonly FaultyLog _log;
    private readonly EmbeddedQueue _queue;
    private readonly RepairStepHandler _steps;
    private readonly StoryTeller _teller;

    public QueuePlayer(SimulatedWorld world, FaultyLog log)
    {
        _world = world;
        _log = log;
        _queue = new EmbeddedQueue(log, new EmbeddedQueueOptions { SlackBytes = 16 * 1024 }, world.Clock);
        _steps = world.StepHandler(this);
        _teller = new StoryTeller(world);
        foreach (var name in (string[])[QueueWakeups.StepsQueue, QueueWakeups.NotificationsQueue])
        {
            foreach (var item in _queue.List(name, int.MaxValue))
                PlanDelivery(name, item.VisibleAt.ToUnixTimeMilliseconds() - world.Schedule.Now);
        }
    }

    public int Waiting(string queue) => _queue.Count(queue);

    public IEnumerable<QueueItem> Messages(string queue) => _queue.List(queue, int.MaxValue);

    public Task SendAsync(string queue, string message, TimeSpan delay, CancellationToken cancellation)
    {
        _world.MayDie("before a message is sent");
        Synchronously.Run(_queue.SendAsync(queue, message, delay, cancellation));
        PlanDelivery(queue, (long)delay.TotalMilliseconds);
        _world.MayDie("after a message was sent");
        return Task.CompletedTask;
    }

    /// <summary>The log that the next process finds.</summary>
    public FaultyLog Crash(Chance chance)
        => chance.Hits(_world.Chaos.QueueLost) ? new FaultyLog()
        : _log.Crash(chance.Of(CrashKind.Clean, CrashKind.UncommittedSurvives, CrashKind.LosesLastCommit), chance.Below(5));

    private void PlanDelivery(string queue, long delay)
        => _world.Schedule.InProcess(Math.Max(0, delay) + _world.Chance.Latency(20, _world.Chaos.MessageLatency), () => Deliver(queue));

    private void Deliver(string queue)
    {
        if (_queue.TryReceive(queue, Lease) is not { } message)
            return;
        if (message.DequeueCount > MaxDeliveries)
        {
            _queue.Poison(message);
            return;
        }

        var done = Handle(queue, message);
        if (done && _world.LosesDelete())
            PlanDelivery(queue, (long)Lease.TotalMilliseconds);
        else if (done)
            _queue.Delete(message);
        else if (message.DequeueCount >= MaxDeliveries)
            _queue.Poison(message);
        else if (_queue.Release(message, RetryDelay))
            PlanDelivery(queue, (long)RetryDelay.TotalMilliseconds);
    }

    private bool Handle(string queue, QueueLease message)
    {
        try
        {
            Synchronously.Run(queue == QueueWakeups.StepsQueue ? _steps.HandleAsync(message.Body, default) : _teller.HandleAsync(message.Body));
            return true;
        }
        catch (Exception failure) when (failure is Contracts.HotpathUnavailableException or NodeAwayException)
        {
            _world.Trace.Add("delivery failed", message.Body, failure.Message);
            return false;
        }
    }
}
