using System.Threading.Channels;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>Says that there is something to do, however often it is said. For one who waits.</summary>
internal sealed class Pulse(TimeProvider time)
{
    private readonly Channel<bool> _beats = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Beat() => _beats.Writer.TryWrite(true);

    /// <summary>Waits for a beat, and then lets those that come with it in a burst arrive.</summary>
    /// <param name="longest">Returns after so long without one.</param>
    public async Task WaitAsync(TimeSpan longest, TimeSpan burst, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await _beats.Reader.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return;
        }

        await Task.Delay(burst, time, cancellation).ConfigureAwait(false);
        _beats.Reader.TryRead(out _);
    }
}
