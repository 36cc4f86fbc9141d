using System.Collections.Concurrent;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Follows kinds of objects until it is disposed of.</summary>
/// <param name="broke">Called when a kind is not followed any more, or again.</param>
internal sealed class KindFollowers(KubernetesClient client, CallMetrics metrics, TimeProvider time, Action broke) : IAsyncDisposable
{
    // The client remembers for longer what is served; this bounds how long a server that is away delays the first look.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<Task> _following = [];
    private readonly ConcurrentDictionary<Task, string> _problems = [];
    private readonly ConcurrentDictionary<Task, Exception> _broken = [];

    public CancellationToken Stopping => _stopping.Token;

    /// <summary>What keeps somebody waiting for a kind; null: nothing that is known.</summary>
    public string? Problem => _problems.FirstOrDefault(waiting => !waiting.Key.IsCompleted).Value;

    /// <exception cref="InvalidOperationException">A kind is not followed now: the model would be stale in silence.</exception>
    public void ThrowIfBroken()
    {
        if (_broken.Values.FirstOrDefault() is { } broken)
            throw new InvalidOperationException("The cluster is not followed now.", broken);
    }

    /// <summary>Follows a kind once the server has it: it may be installed later, or never.</summary>
    /// <inheritdoc cref="Follow"/>
    public Task FollowServed<T>(ResourceKind<T> kind, Action<Change<T>> apply, bool needed)
        where T : KubernetesObject
        => Follow(async () => await client.ServesAsync(kind, Stopping).ConfigureAwait(false) ? kind : null, apply, needed);

    /// <param name="find">Null: the server does not have the kind yet.</param>
    /// <param name="needed">Whoever waits does so until the kind can be read.</param>
    /// <returns>Completes with the first list, or when it is known that there is none to be had yet.</returns>
    public Task Follow<T>(Func<Task<ResourceKind<T>?>> find, Action<Change<T>> apply, bool needed)
        where T : KubernetesObject
    {
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _following.Add(Task.Run(async () =>
            {
                try
                {
                    await FollowAsync(find, apply, needed, listed).ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    listed.TrySetException(exception);
                }
            }));
        }

        return listed.Task;
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

    private async Task FollowAsync<T>(Func<Task<ResourceKind<T>?>> find, Action<Change<T>> apply, bool needed, TaskCompletionSource listed)
        where T : KubernetesObject
    {
        while (true)
        {
            var kind = await FindAsync(find, listed).ConfigureAwait(false);
            await FollowAsync(kind, apply, needed, listed).ConfigureAwait(false);
            client.ForgetServed();
            await Task.Delay(LookAgain, time, _stopping.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Ends when the server does not have the kind any more: one that was upgraded may have it in another version.</summary>
    private async Task FollowAsync<T>(ResourceKind<T> kind, Action<Change<T>> apply, bool needed, TaskCompletionSource listed)
        where T : KubernetesObject
    {
        using var following = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var options = new ReflectorOptions
        {
            OnListed = took => metrics.Listed($"{kind}", took),
            OnFailure = failure =>
            {
                metrics.Failed($"watch {kind}", failure);
                if (!needed)
                    listed.TrySetResult();
                Failed(listed.Task, failure);
                if (failure.IsNotFound)
                    following.Cancel();
            },
        };
        while (true)
        {
            try
            {
                await foreach (var change in new Reflector<T>(client, kind, options).ReadAsync(following.Token).ConfigureAwait(false))
                {
                    apply(change);
                    listed.TrySetResult();
                    if (_broken.TryRemove(listed.Task, out _))
                        broke();
                }
            }
            catch (OperationCanceledException) when (following.IsCancellationRequested && !_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (listed.Task.IsCompletedSuccessfully && !_stopping.IsCancellationRequested)
            {
                // An object that nobody foresaw, or a mistake of ours. A new list may be right, and what others of the kind do still counts.
                _broken[listed.Task] = exception;
                broke();
                await Task.Delay(LookAgain, time, _stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private void Failed(Task listed, KubernetesException failure)
    {
        if (!listed.IsCompleted)
            _problems[listed] = failure.Message;
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
                Failed(listed.Task, exception);
            }

            await Task.Delay(LookAgain, time, _stopping.Token).ConfigureAwait(false);
        }
    }
}
