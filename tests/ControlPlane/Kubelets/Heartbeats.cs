using System.Net;

namespace Pipeline.TestControlPlane;

/// <summary>What every node does once in an interval, spread over it.</summary>
internal sealed class Heartbeats(TimeSpan interval, int parallelism, TimeProvider time)
{
    private const int Slices = 20;

    /// <param name="nodes">Those that live now.</param>
    /// <param name="beat">A failure that will pass is left to the next beat.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(Func<IReadOnlyList<string>> nodes, Func<string, CancellationToken, Task> beat, CancellationToken cancellation)
    {
        if (interval == Timeout.InfiniteTimeSpan)
            return;
        using var timer = new PeriodicTimer(interval / Slices, time);
        for (var slice = 0; await timer.WaitForNextTickAsync(cancellation); slice = (slice + 1) % Slices)
        {
            var turn = slice;
            var now = nodes().Where((_, index) => index % Slices == turn);
            await Parallel.ForEachAsync(now, new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellation },
                async (node, stop) => await BeatAsync(node, beat, stop));
        }
    }

    private static async ValueTask BeatAsync(string node, Func<string, CancellationToken, Task> beat, CancellationToken cancellation)
    {
        try
        {
            await beat(node, cancellation);
        }
        catch (ApiException refused) when (refused.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // The test deleted the node, or others write it faster than the server merges: the next beat says the same.
        }
        catch (Exception error) when (Transient.Is(error, cancellation))
        {
        }
    }
}
