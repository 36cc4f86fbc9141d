using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>
/// Follows every kind that the model is made of, from the first question on. Volcano's kinds are followed once the server has them: they
/// may be installed later, or never.
/// </summary>
internal sealed class ModelFeed(KubernetesClient client, KubernetesModel model, CallMetrics metrics, TimeProvider time) : IAsyncDisposable
{
    // The client remembers for longer what is served; this bounds how long a server that is away delays the first look.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<Task> _following = [];
    private Task? _synced;
    private volatile Exception? _broken;

    /// <summary>Completes when each kind was listed once.</summary>
    public Task SyncedAsync(CancellationToken cancellation)
    {
        lock (_gate)
            _synced ??= StartAsync();
        return _synced.WaitAsync(cancellation);
    }

    /// <exception cref="InvalidOperationException">What follows a kind has ended, which it must not: the model would go stale in silence.</exception>
    public void ThrowIfBroken()
    {
        if (_broken is { } broken)
            throw new InvalidOperationException("The cluster is not followed any more.", broken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] following;
        lock (_gate)
            following = [.. _following];
        await Task.WhenAll(following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private Task StartAsync() => Task.WhenAll(
        Follow(() => Task.FromResult<ResourceKind<Node>?>(Kinds.Nodes), model.Apply),
        Follow(() => Task.FromResult<ResourceKind<Pod>?>(Kinds.Pods), model.Apply),
        Follow<PodDisruptionBudget>(BudgetsAsync, model.Apply),
        Follow(() => ServedAsync(Kinds.PodGroups), model.Apply),
        Follow(() => ServedAsync(Kinds.HyperNodes), model.Apply));

    /// <returns>Completes with the first list, or when it is known that there is none to be had yet.</returns>
    private Task Follow<T>(Func<Task<ResourceKind<T>?>> find, Action<Change<T>> apply)
        where T : KubernetesObject
    {
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _following.Add(Task.Run(async () =>
        {
            try
            {
                await FollowAsync(find, apply, listed).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                if (!_stopping.IsCancellationRequested)
                    _broken = exception;
                listed.TrySetException(exception);
                model.Wake();
            }
        }));
        return listed.Task;
    }

    private async Task FollowAsync<T>(Func<Task<ResourceKind<T>?>> find, Action<Change<T>> apply, TaskCompletionSource listed)
        where T : KubernetesObject
    {
        var kind = await FindAsync(find, listed).ConfigureAwait(false);
        var options = new ReflectorOptions
        {
            OnFailure = failure =>
            {
                metrics.Failed($"watch {kind}", failure);
                // Nobody waits for a network that we may not read.
                if (typeof(T) == typeof(PodGroup) || typeof(T) == typeof(HyperNode))
                    listed.TrySetResult();
            },
        };
        await foreach (var change in new Reflector<T>(client, kind, options).ReadAsync(_stopping.Token).ConfigureAwait(false))
        {
            apply(change);
            listed.TrySetResult();
        }
    }

    private async Task<ResourceKind<T>> FindAsync<T>(Func<Task<ResourceKind<T>?>> find, TaskCompletionSource listed)
        where T : KubernetesObject
    {
        while (true)
        {
            try
            {
                if (await find().ConfigureAwait(false) is { } kind)
                    return kind;
                listed.TrySetResult();
            }
            catch (KubernetesException exception)
            {
                metrics.Failed("discovery", exception);
            }

            await Task.Delay(LookAgain, time, _stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task<ResourceKind<PodDisruptionBudget>?> BudgetsAsync()
    {
        var kind = await client.PodDisruptionBudgetsAsync(_stopping.Token).ConfigureAwait(false);
        model.EmptySelectsAll = kind.Version == "v1";
        return kind;
    }

    private async Task<ResourceKind<T>?> ServedAsync<T>(ResourceKind<T> kind)
        where T : KubernetesObject
        => await client.ServesAsync(kind, _stopping.Token).ConfigureAwait(false) ? kind : null;
}
