using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>
/// How many pods of each application are ready and not told to go, after every single change: a watch shows them in the order in which the
/// server made them, so nothing that holds for a moment only is missed.
/// </summary>
internal sealed class HealthyPods : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _healthy = [];
    private readonly Dictionary<string, (int Now, int Least)> _counts = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<string, bool> _counted;
    private readonly Task _watching;

    private HealthyPods(KubernetesClient client, Func<string, bool> counted)
    {
        _counted = counted;
        _watching = Task.Run(async () =>
        {
            await foreach (var change in new Reflector<Pod>(client, Kinds.Pods, new ReflectorOptions()).ReadAsync(_stopping.Token))
                Apply(change);
        });
    }

    /// <summary>Of all applications together.</summary>
    /// <exception cref="InvalidOperationException">The watch was lost.</exception>
    public int Now
    {
        get
        {
            if (_watching.Exception is { } lost)
                throw new InvalidOperationException("What became of the pods is not known.", lost);
            lock (_gate)
                return _counts.Values.Sum(count => count.Now);
        }
    }

    /// <summary>Watches from when it returns.</summary>
    /// <param name="counted">Says of the label app whether it counts.</param>
    public static async Task<HealthyPods> StartAsync(KubernetesClient client, Func<string, bool> counted, TimeSpan patience)
    {
        var pods = new HealthyPods(client, counted);
        await pods._listed.Task.WaitAsync(patience);
        return pods;
    }

    /// <summary>Applications that had fewer at any time.</summary>
    public int BelowAtAnyTime(int minimum)
    {
        lock (_gate)
            return _counts.Values.Count(count => count.Least < minimum);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private void Apply(Change<Pod> change)
    {
        lock (_gate)
        {
            switch (change)
            {
                // A second one comes after a watch that was lost, with states that nobody saw.
                case Change<Pod>.Replaced when _listed.Task.IsCompleted:
                    throw new InvalidOperationException("The watch of the pods was lost; what happened meanwhile is not known.");
                case Change<Pod>.Replaced { Items: var all }:
                    foreach (var pod in all)
                        Note(pod, IsHealthy(pod));
                    foreach (var app in _counts.Keys.ToList())
                        _counts[app] = (_counts[app].Now, _counts[app].Now);
                    _listed.SetResult();
                    break;
                case Change<Pod>.Put { Item: var pod }:
                    Note(pod, IsHealthy(pod));
                    break;
                case Change<Pod>.Deleted { Item: var pod }:
                    Note(pod, healthy: false);
                    break;
            }
        }
    }

    // As the disruption controller counts them (pkg/controller/disruption, countHealthyPods).
    private static bool IsHealthy(Pod pod) => pod.Metadata.DeletionTimestamp is null
        && pod.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" });

    private void Note(Pod pod, bool healthy)
    {
        if (pod.Metadata.Labels.GetValueOrDefault("app") is not { } app || !_counted(app))
            return;
        if (!(healthy ? _healthy.Add(pod.Metadata.Uid) : _healthy.Remove(pod.Metadata.Uid)))
            return;
        var key = $"{pod.Metadata.Namespace}/{app}";
        var (now, least) = _counts.GetValueOrDefault(key);
        now += healthy ? 1 : -1;
        _counts[key] = (now, Math.Min(least, now));
    }
}
