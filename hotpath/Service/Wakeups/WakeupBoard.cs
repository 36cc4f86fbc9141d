using System.Threading.Channels;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Wakeups;

/// <summary>
/// Hands wake-ups to functions in other processes. Each goes to one of those that follow, in turn; one that nobody takes fails, and the
/// sweep repeats it.
/// </summary>
public sealed class WakeupBoard : IWakeups
{
    // A follower this far behind does not keep up; what does not fit goes to another one, or is repeated by the sweep.
    private const int Capacity = 4096;

    // The engine says wake-ups again until they are answered, so a process of the functions needs one stream, and a few more while it
    // changes connections.
    private const int MaxFollowers = 64;

    private readonly Lock _gate = new();
    private readonly List<Channel<Wakeup>> _followers = [];
    private int _last;

    /// <summary>Raised when somebody has begun to follow, who may have missed what was given before. Handlers must not block.</summary>
    public event Action? Joined;

    public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation)
        => GiveAsync(new Wakeup { Step = message, Delay = (long)delay.TotalMilliseconds });

    public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation)
        => GiveAsync(new Wakeup { Tell = run, Delay = (long)delay.TotalMilliseconds });

    /// <summary>Goes on until it is cancelled. What was given and not yet sent is lost then.</summary>
    /// <param name="send">Takes a wake-up; while it waits, up to 4,096 gather.</param>
    /// <exception cref="HotpathUnavailableException">There are too many followers.</exception>
    public async Task FollowAsync(Func<Wakeup, ValueTask> send, CancellationToken cancellation)
    {
        var wakeups = Channel.CreateBounded<Wakeup>(new BoundedChannelOptions(Capacity) { SingleReader = true });
        lock (_gate)
        {
            if (_followers.Count == MaxFollowers)
                throw new HotpathUnavailableException($"{MaxFollowers} processes follow already.", TimeSpan.FromSeconds(5)) { QueueFull = true };
            _followers.Add(wakeups);
        }

        try
        {
            // Empty: from here on nothing is missed.
            await send(new Wakeup()).ConfigureAwait(false);
            Joined?.Invoke();
            await foreach (var wakeup in wakeups.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                await send(wakeup).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _followers.Remove(wakeups);
        }
    }

    private Task GiveAsync(Wakeup wakeup)
    {
        lock (_gate)
        {
            for (var i = 0; i < _followers.Count; i++)
            {
                _last = (_last + 1) % _followers.Count;
                if (_followers[_last].Writer.TryWrite(wakeup))
                    return Task.CompletedTask;
            }
        }

        return Task.FromException(new HotpathUnavailableException("No functions are there to take the wake-up.", TimeSpan.Zero));
    }
}
