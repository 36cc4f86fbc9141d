using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes;

/// <summary>
/// The port to a cluster on a Kubernetes API server. Reads come from a model that watches keep true; every write is one request, which
/// states what it relies on, so that a second copy of it or a late one changes nothing.
/// </summary>
public sealed class KubernetesCluster : ICluster, IAsyncDisposable
{
    private readonly KubernetesModel _model;
    private readonly ModelFeed _feed;
    private readonly NodeMarker _marker;
    private readonly PastActions _past;
    private readonly PodBinder _binder;
    private readonly VolumeBinder _volumes;
    private readonly PodEvictor _evictor;
    private readonly PodReports _reports;
    private readonly PodHints _hints;
    private readonly CallMetrics _metrics;
    private readonly Denials _denials;

    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">A setting is out of range; the message names it.</exception>
    public KubernetesCluster(KubernetesClient client, KubernetesOptions options, TimeProvider time, ILogger<KubernetesCluster> logger)
    {
        options.Validate();
        _metrics = new CallMetrics(time, logger);
        _denials = new Denials(time, logger);
        CountDenials(client);
        _reports = new PodReports(client, options, time, _metrics);
        _model = new KubernetesModel(options, problem =>
        {
            KubernetesLog.NotUnderstood(logger, problem.Kind, problem.Name, problem.Text);
            if (problem.Pod is { } pod)
                _reports.Tell(pod, "Warning", "PipelineLabels", $"{problem.Text}; the default is used.");
        });
        _feed = new ModelFeed(client, _model, _metrics, time);
        _marker = new NodeMarker(client, _model);
        _past = new PastActions(client, options);
        _binder = new PodBinder(client, _model, _reports);
        _volumes = new VolumeBinder(client, _model, options, _reports, _metrics, time);
        _evictor = new PodEvictor(client, _model);
        _hints = new PodHints(client, time);
        Objects = new DeclaredObjects(client, _model.Apply, _metrics, time, logger);
    }

    /// <summary>What people declare in the cluster.</summary>
    public DeclaredObjects Objects { get; }

    /// <summary>Why the cluster cannot be followed yet; null: it is, or nobody has asked for it.</summary>
    public string? WhyNotFollowed => (_feed.Problem ?? Objects.Problem) is { } problem ? $"the cluster cannot be followed: {problem}" : null;

    /// <summary>Counts and says as well what this client of the same server has no right to.</summary>
    public void CountDenials(KubernetesClient client) => _denials.Follow(client);

    /// <summary>Follows the cluster from now on, so that it is listed while the process recovers what it knew.</summary>
    public void Follow() => _ = WarmAsync(CancellationToken.None);

    /// <summary>Follows the cluster from now on, so that the first listing has nothing to ask. Returns when it could be answered.</summary>
    public Task WarmAsync(CancellationToken cancellation) => Task.WhenAll(_feed.SyncedAsync(cancellation), Objects.SyncedAsync(cancellation));

    /// <summary>Returns when the model holds every change of a pod that the server made up to this one. Not while somebody watches.</summary>
    public async Task SeenAsync(Pod pod, CancellationToken cancellation)
    {
        while (!_model.HasSeen(pod))
            await _model.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <exception cref="HotpathUnavailableException">A bind was not answered, and where its pod is cannot be found out now: it must not be listed as pending.</exception>
    public async Task<ClusterListing> ListAsync(CancellationToken cancellation)
    {
        await _feed.SyncedAsync(cancellation).ConfigureAwait(false);
        await Port.AskAsync(() => _binder.SettleAsync(node: null, cancellation)).ConfigureAwait(false);
        return _model.List();
    }

    public async IAsyncEnumerable<ClusterEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            _feed.ThrowIfBroken();
            while (_model.TryTake(out var change))
                yield return change;
            await _model.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    public Task MarkAsync(NodeMark mark, CancellationToken cancellation) => AskAsync("mark", async () =>
    {
        await _marker.MarkAsync(mark, cancellation).ConfigureAwait(false);
        await _past.EndBeforeAsync(mark, cancellation).ConfigureAwait(false);
    });

    public Task UnmarkAsync(string node, string run, CancellationToken cancellation) => AskAsync("unmark", async () =>
    {
        await _past.EndAllAsync(node, run, cancellation).ConfigureAwait(false);
        await _marker.UnmarkAsync(node, run, cancellation).ConfigureAwait(false);
    });

    public async Task<bool> NominateAsync(ulong workload, string node, CancellationToken cancellation)
    {
        if (_model.FindPod(workload) is not { } pod || PodStandings.Of(pod) != PodStanding.Pending)
            return true;
        if (!_model.Claim(workload, node))
            return false;
        await AskAsync("nominate", () => _hints.NominateAsync(pod, node, cancellation)).ConfigureAwait(false);
        return true;
    }

    public bool Claim(IReadOnlyList<WorkloadBinding> places) => _model.Claim(places);

    public void Unplaced(ulong workload) => _model.NotBound(workload);

    /// <summary>Its volumes, once nobody is in its way there.</summary>
    public Task<Readiness> PrepareAsync(WorkloadBinding binding, CancellationToken cancellation) => _model.Claim(binding.Workload, binding.Node)
        ? AskAsync("prepare", () => _volumes.PrepareAsync(binding, cancellation))
        : Task.FromResult(Readiness.Refused);

    public Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation)
        => AskAsync("bind", () => _binder.BindAsync(binding, cancellation));

    public Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation)
        => AskAsync("evict", () => _evictor.EvictAsync(workload, cancellation));

    /// <exception cref="HotpathUnavailableException">A bind to the node was not answered, and where its pod is cannot be found out now.</exception>
    public async Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation)
    {
        await Port.AskAsync(() => _binder.SettleAsync(node, cancellation)).ConfigureAwait(false);
        return _model.WorkloadsOn(node);
    }

    public Task ExplainAsync(ulong workload, string reason, CancellationToken cancellation) => _model.FindPod(workload) is { } pod && PodStandings.Of(pod) == PodStanding.Pending
        ? AskAsync("explain", () => _reports.UnschedulableAsync(pod, reason, cancellation))
        : Task.CompletedTask;

    /// <summary>The uid of its pod.</summary>
    public string? UidOf(ulong workload) => _model.FindPod(workload)?.Metadata.Uid;

    /// <summary>Writes on the pod when its gang was complete.</summary>
    public Task NudgeAsync(ulong workload, CancellationToken cancellation) => _model.FindPod(workload) is { } pod && PodStandings.Of(pod) == PodStanding.Pending
        ? AskAsync("nudge", () => _hints.NudgeAsync(pod, cancellation))
        : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Objects.DisposeAsync().ConfigureAwait(false);
        await _feed.DisposeAsync().ConfigureAwait(false);
        _volumes.Dispose();
        await _reports.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _denials.Dispose();
    }

    private Task AskAsync(string call, Func<Task> work) => Port.AskAsync(() => _metrics.CountAsync(call, work));

    private Task<T> AskAsync<T>(string call, Func<Task<T>> work) => Port.AskAsync(() => _metrics.CountAsync(call, work));
}
