using Pipeline.Contracts;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Sweeps when nobody else does. The functions do it every two seconds; while they are away, or where there are none, placements that nobody
/// confirms have to run out all the same, reservations begin, and marks be asked for again.
/// </summary>
internal sealed class OwnSweep(EngineLoop loop, TimeProvider time)
{
    // Longer than a few sweeps of theirs take on a busy machine, shorter than the life of a placement.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private long _last = time.GetTimestamp();

    /// <summary>Somebody has swept.</summary>
    public void Note() => Volatile.Write(ref _last, time.GetTimestamp());

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Patience / 2, time);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
                if (time.GetElapsedTime(Volatile.Read(ref _last)) >= Patience)
                    await loop.SubmitAsync(new SweepCommand()).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (HotpathUnavailableException)
            {
                // Tried again at the next tick, as the functions do.
            }
        }
    }
}
