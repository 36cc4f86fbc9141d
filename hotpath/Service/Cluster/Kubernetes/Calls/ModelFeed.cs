using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Follows every kind that the model is made of, from the first question on.</summary>
internal sealed class ModelFeed : IAsyncDisposable
{
    private readonly KubernetesClient _client;
    private readonly KubernetesModel _model;
    private readonly KindFollowers _followers;
    private readonly Lazy<Task> _synced;

    public ModelFeed(KubernetesClient client, KubernetesModel model, CallMetrics metrics, TimeProvider time)
    {
        (_client, _model, _synced) = (client, model, new Lazy<Task>(StartAsync));
        _followers = new KindFollowers(client, metrics, time, model.Wake);
    }

    /// <inheritdoc cref="KindFollowers.Problem"/>
    public string? Problem => _followers.Problem;

    /// <summary>Completes when each kind was listed once.</summary>
    public Task SyncedAsync(CancellationToken cancellation) => _synced.Value.WaitAsync(cancellation);

    /// <inheritdoc cref="KindFollowers.ThrowIfBroken"/>
    public void ThrowIfBroken() => _followers.ThrowIfBroken();

    public ValueTask DisposeAsync() => _followers.DisposeAsync();

    // Nobody waits for a network that we may not read.
    private Task StartAsync() => Task.WhenAll(
        _followers.Follow(Served(Kinds.Nodes), _model.Apply, needed: true),
        WithVolumesAsync(_followers.Follow(Served(Kinds.Pods), _model.Apply, needed: true)),
        _followers.Follow<PodDisruptionBudget>(BudgetsAsync, _model.Apply, needed: true),
        _followers.FollowServed(Kinds.PodGroups, _model.Apply, needed: false),
        _followers.FollowServed(Kinds.HyperNodes, _model.Apply, needed: false));

    /// <summary>
    /// Volumes are followed from the first pod of ours on that has any. The first listing waits for those of its pods, which would lose their turn
    /// if they could be placed only later.
    /// </summary>
    private async Task WithVolumesAsync(Task pods)
    {
        var volumes = VolumesAsync();
        await pods.ConfigureAwait(false);
        if (_model.VolumesNeeded.IsCompleted)
            await volumes.ConfigureAwait(false);
    }

    // Pods with claims wait as long as we may not read them, and nobody else does.
    private async Task VolumesAsync()
    {
        await _model.VolumesNeeded.WaitAsync(_followers.Stopping).ConfigureAwait(false);
        await Task.WhenAll(
            _followers.Follow(Served(Kinds.PersistentVolumeClaims), _model.Apply, needed: false),
            _followers.Follow(Served(Kinds.PersistentVolumes), _model.Apply, needed: false),
            _followers.Follow(Served(Kinds.StorageClasses), _model.Apply, needed: false),
            _followers.Follow(Served(Kinds.CsiNodes), _model.Apply, needed: false)).ConfigureAwait(false);
    }

    /// <summary>Every server has it.</summary>
    private static Func<Task<ResourceKind<T>?>> Served<T>(ResourceKind<T> kind)
        where T : KubernetesObject
        => () => Task.FromResult<ResourceKind<T>?>(kind);

    private async Task<ResourceKind<PodDisruptionBudget>?> BudgetsAsync()
    {
        var kind = await _client.PodDisruptionBudgetsAsync(_followers.Stopping).ConfigureAwait(false);
        _model.EmptySelectsAll = kind.Version == "v1";
        return kind;
    }
}
