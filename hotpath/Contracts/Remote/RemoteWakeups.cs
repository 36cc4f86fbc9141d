using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>Takes the wake-ups of a hotpath in another process.</summary>
public sealed class RemoteWakeups(GrpcChannel channel)
{
    private static readonly GrpcMethod<FollowRequest, Wakeup> Follow = new("pipeline.v1.Wakeups", "Follow", Wakeup.Parser, false);

    /// <summary>Hands each to <paramref name="wakeups"/>, in order, until the stream breaks. What was under way then is given again to who joins next.</summary>
    /// <param name="joined">Called when nothing is missed any more.</param>
    /// <exception cref="HotpathUnavailableException">The stream broke, or was never opened.</exception>
    public async Task FollowAsync(IWakeups wakeups, Action joined, CancellationToken cancellation)
    {
        try
        {
            await foreach (var wakeup in channel.StreamAsync(Follow, new FollowRequest(), options: null, cancellation).ConfigureAwait(false))
            {
                var delay = TimeSpan.FromMilliseconds(wakeup.Delay);
                if (wakeup.Step is { } step)
                    await wakeups.EnqueueStepAsync(step, delay, cancellation).ConfigureAwait(false);
                else if (wakeup.Tell.Length > 0)
                    await wakeups.TellAsync(wakeup.Tell, delay, cancellation).ConfigureAwait(false);
                else
                    joined();
            }
        }
        catch (GrpcCallException exception) when (RemoteCall.Translate(exception, channel) is { } translated)
        {
            throw translated;
        }

        throw new HotpathUnavailableException($"The hotpath at {channel.Address} ended its wake-ups.", TimeSpan.Zero);
    }
}
