using Pipeline.Functions.Hosting.Queues;

namespace Pipeline.Functions.Hosting.Triggers;

/// <summary>Renews a lease at half its time until disposed.</summary>
internal sealed class LeaseRenewal : IDisposable
{
    private readonly ITimer _timer;

    public LeaseRenewal(EmbeddedQueue queue, QueueLease message, TimeSpan lease, TimeProvider time) =>
        _timer = time.CreateTimer(_ => queue.Renew(message, lease), null, lease / 2, lease / 2);

    public void Dispose() => _timer.Dispose();
}
