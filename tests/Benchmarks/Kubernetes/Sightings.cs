using System.Collections.Concurrent;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>When a watch first showed objects in the state that is waited for.</summary>
internal sealed class Sightings<T> : IAsyncDisposable
    where T : KubernetesObject
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _seen = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _watching;
    private readonly Func<T, bool> _isThere;
    private readonly TimeProvider _time;

    private Sightings(KubernetesClient client, ResourceKind<T> kind, Func<T, bool> isThere, TimeProvider time)
    {
        (_isThere, _time) = (isThere, time);
        _watching = Task.Run(async () =>
        {
            await foreach (var change in new Reflector<T>(client, kind, new ReflectorOptions()).ReadAsync(_stopping.Token))
                Look(change);
        });
    }

    /// <summary>Watches from when it returns.</summary>
    public static async Task<Sightings<T>> StartAsync(KubernetesClient client, ResourceKind<T> kind, Func<T, bool> isThere, TimeProvider time)
    {
        var sightings = new Sightings<T>(client, kind, isThere, time);
        await sightings._listed.Task.WaitAsync(Patience);
        return sightings;
    }

    /// <returns>The timestamp.</returns>
    public Task<long> OfAsync(string name) => Source(name).Task.WaitAsync(Patience);

    /// <returns>The timestamps, in order.</returns>
    public async Task<long[]> OfAllAsync(IEnumerable<string> names)
    {
        var seen = await Task.WhenAll(names.Select(name => Source(name).Task)).WaitAsync(Patience);
        Array.Sort(seen);
        return seen;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private TaskCompletionSource<long> Source(string name)
        => _seen.GetOrAdd(name, static _ => new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Look(Change<T> change)
    {
        var now = _time.GetTimestamp();
        foreach (var item in change is Change<T>.Replaced { Items: var all } ? all : change is Change<T>.Put { Item: var one } ? [one] : [])
        {
            if (_isThere(item))
                Source(item.Metadata.Name).TrySetResult(now);
        }
        _listed.TrySetResult();
    }
}
