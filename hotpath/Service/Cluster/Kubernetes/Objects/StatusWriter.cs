using System.Runtime.CompilerServices;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>Brings the statuses of objects to what they should be. What fails is found different, and written, the next time.</summary>
internal sealed class StatusWriter(KubernetesClient client, CallMetrics metrics)
{
    // Status is behind everything else, but that of thousands of projects must not take minutes after a start.
    private const int AtATime = 8;

    // What was written about an object as it was seen: until the watch brings its answer back, the object looks unwritten.
    private readonly ConditionalWeakTable<KubernetesObject, KubernetesObject> _written = [];

    /// <param name="wanted">The object with the status that it should have; null: nothing is known about it yet.</param>
    public Task WriteAsync<T>(ResourceKind<T> kind, IEnumerable<T> observed, Func<T, T?> wanted, CancellationToken cancellation)
        where T : KubernetesObject
        => Parallel.ForEachAsync(
            observed, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation },
            async (item, token) =>
            {
                if (wanted(item) is { } better && !StatusCalls.HaveSameStatus(kind, item, better))
                    await WriteAsync(kind, item, better, token).ConfigureAwait(false);
            });

    private async Task WriteAsync<T>(ResourceKind<T> kind, T observed, T wanted, CancellationToken cancellation)
        where T : KubernetesObject
    {
        if (_written.TryGetValue(observed, out var written) && StatusCalls.HaveSameStatus(kind, (T)written, wanted))
            return;
        try
        {
            await metrics.CountAsync($"status of {kind}", () => client.ApplyStatusAsync(kind, wanted, RequestOptions.Background, cancellation)).ConfigureAwait(false);
            _written.AddOrUpdate(observed, wanted);
        }
        catch (KubernetesException)
        {
            // Counted, and said once.
        }
    }
}
