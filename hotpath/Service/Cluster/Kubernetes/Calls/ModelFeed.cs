using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Follows every kind that the model is made of, from the first question on.</summary>
internal sealed class ModelFeed(KubernetesClient client, KubernetesModel model, CallMetrics metrics, TimeProvider time) : IAsyncDisposable
{
    private readonly KindFollowers _followers = new(client, metrics, time, model.Wake);
    private readonly Lock _gate = new();
    private Task? _synced;

    /// <inheritdoc cref="KindFollowers.Problem"/>
    public string? Problem => _followers.Problem;

    /// <summary>Completes when each kind was listed once.</summary>
    public Task SyncedAsync(CancellationToken cancellation)
    {
        lock (_gate)
            _synced ??= StartAsync();
        return _synced.WaitAsync(cancellation);
    }

    /// <inheritdoc cref="KindFollowers.ThrowIfBroken"/>
    public void ThrowIfBroken() => _followers.ThrowIfBroken();

    public ValueTask DisposeAsync() => _followers.DisposeAsync();

    // Nobody waits for a network that we may not read.
    private Task StartAsync() => Task.WhenAll(
        _followers.Follow(() => Task.FromResult<ResourceKind<Node>?>(Kinds.Nodes), model.Apply, needed: true),
        _followers.Follow(() => Task.FromResult<ResourceKind<Pod>?>(Kinds.Pods), model.Apply, needed: true),
        _followers.Follow<PodDisruptionBudget>(BudgetsAsync, model.Apply, needed: true),
        _followers.FollowServed(Kinds.PodGroups, model.Apply, needed: false),
        _followers.FollowServed(Kinds.HyperNodes, model.Apply, needed: false));

    private async Task<ResourceKind<PodDisruptionBudget>?> BudgetsAsync()
    {
        var kind = await client.PodDisruptionBudgetsAsync(_followers.Stopping).ConfigureAwait(false);
        model.EmptySelectsAll = kind.Version == "v1";
        return kind;
    }
}
