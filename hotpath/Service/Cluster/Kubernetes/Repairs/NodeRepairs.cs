using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Repairs;

/// <summary>
/// Runs as NodeRepair objects, written by server-side apply: fields that others edit are taken back, labels that they add stay. A server
/// that does not have the kind keeps nothing, which is said once and seen in a metric; it is used as soon as somebody installs it.
/// </summary>
public sealed class NodeRepairs : IRunRecords, IDisposable
{
    // The client remembers for longer what is served; this bounds how long a server that is away delays the next look.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly KubernetesClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeRepairs> _logger;
    private readonly CallMetrics _metrics;
    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Lock _gate = new();
    private readonly Dictionary<string, NodeRepair> _known = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _missing;
    private volatile string? _whyNotListed;
    private int _told;
    private long _watched;

    public NodeRepairs(KubernetesClient client, KubernetesOptions options, TimeProvider time, ILogger<NodeRepairs> logger)
    {
        (_client, _time, _logger, EndedRuns) = (client, time, logger, options.EndedRuns);
        _metrics = new CallMetrics(time, logger);
        _meter.CreateObservableGauge(
            "pipeline_kubernetes_noderepairs_missing", () => _missing ? 1L : 0L, description: "1 while the API server has no NodeRepair kind, so that runs are not kept there.");
    }

    public int EndedRuns { get; }

    /// <summary>What keeps somebody waiting for the list; null: nothing that is known.</summary>
    public string? WhyNotListed => _whyNotListed is { } problem ? $"the runs cannot be read: {problem}" : null;

    public async Task<IReadOnlyList<RunRecord>> ListAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                IReadOnlyList<NodeRepair> all = await IsServedAsync(cancellation).ConfigureAwait(false)
                    ? (await _metrics.CountAsync("list noderepairs", () => _client.ListAsync(Kinds.NodeRepairs, list: null, options: null, cancellation)).ConfigureAwait(false)).Items
                    : [];
                _whyNotListed = null;
                return [.. all.Select(NodeRepairReading.RecordOf)];
            }
            catch (KubernetesException exception)
            {
                _whyNotListed = exception.Message;
            }

            await Task.Delay(LookAgain, _time, cancellation).ConfigureAwait(false);
        }
    }

    public async IAsyncEnumerable<RecordChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (!await Port.AskAsync(() => IsServedAsync(cancellation)).ConfigureAwait(false))
            await Task.Delay(LookAgain, _time, cancellation).ConfigureAwait(false);
        var options = new ReflectorOptions { OnFailure = failure => _metrics.Failed("watch noderepairs", failure) };
        await foreach (var change in new Reflector<NodeRepair>(_client, Kinds.NodeRepairs, options).ReadAsync(cancellation).ConfigureAwait(false))
        {
            foreach (var changed in Apply(change))
                yield return changed;
            _listed.TrySetResult();
        }
    }

    public async Task WriteAsync(Run run, long sequence, CancellationToken cancellation)
    {
        await _listed.Task.WaitAsync(cancellation).ConfigureAwait(false);
        NodeRepair? known;
        lock (_gate)
            known = _known.GetValueOrDefault(run.Id);
        var wanted = NodeRepairWriting.Of(run, sequence: null);
        if (known is not null && Same(known.Spec, wanted.Spec) && Same(known.Status with { Observed = null }, wanted.Status))
            return;
        await Port.AskAsync(async () =>
        {
            if (known is null || !Same(known.Spec, wanted.Spec))
                await ApplyAsync(wanted, "spec", cancellation).ConfigureAwait(false);
            Keep(await ApplyAsync(NodeRepairWriting.Of(run, sequence), "status", cancellation).ConfigureAwait(false));
        }).ConfigureAwait(false);
    }

    public Task DeleteAsync(string run, CancellationToken cancellation) => Port.AskAsync(async () =>
    {
        try
        {
            await _metrics.CountAsync("delete noderepairs", () => _client.DeleteAsync(Kinds.NodeRepairs, run, delete: null, options: null, cancellation)).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
        }
    });

    public void Dispose()
    {
        _meter.Dispose();
        _metrics.Dispose();
    }

    /// <summary>One part alone, so that the other is not owned twice: the server ignores it and would still note it as ours.</summary>
    private Task<NodeRepair> ApplyAsync(NodeRepair repair, string part, CancellationToken cancellation)
    {
        var whole = JsonSerializer.SerializeToNode(repair, KubernetesJson.Options.TypeInfo<NodeRepair>())!;
        var patch = new JsonObject
        {
            ["apiVersion"] = Kinds.NodeRepairs.ApiVersion,
            ["kind"] = Kinds.NodeRepairs.Kind,
            ["metadata"] = new JsonObject { ["name"] = repair.Metadata.Name },
            [part] = whole[part]!.DeepClone(),
        };
        var options = new RequestOptions { Subresource = part == "status" ? part : null };
        return _metrics.CountAsync("apply noderepairs", () => _client.PatchAsync(Kinds.NodeRepairs, repair.Metadata.Name, Patch.Apply(patch, force: true), options, cancellation));
    }

    private List<RecordChange> Apply(Change<NodeRepair> change)
    {
        var changes = new List<RecordChange>();
        lock (_gate)
        {
            _watched = change switch
            {
                Change<NodeRepair>.Replaced { Items: var all } => all.Select(VersionOf).DefaultIfEmpty().Max(),
                Change<NodeRepair>.Put { Item: var item } => VersionOf(item),
                Change<NodeRepair>.Deleted { Item: var item } => VersionOf(item),
                _ => _watched,
            };
            switch (change)
            {
                case Change<NodeRepair>.Replaced { Items: var items }:
                    changes.AddRange(_known.Keys.Except(items.Select(item => item.Metadata.Name), StringComparer.Ordinal).Select(gone => new RecordChange(gone, false)));
                    _known.Clear();
                    foreach (var item in items)
                        _known[item.Metadata.Name] = item;
                    changes.AddRange(items.Select(item => new RecordChange(item.Metadata.Name, true)));
                    break;
                // What we wrote ourselves comes back as well.
                case Change<NodeRepair>.Put { Item: var item } when IsNews(item):
                    _known[item.Metadata.Name] = item;
                    changes.Add(new RecordChange(item.Metadata.Name, true));
                    break;
                case Change<NodeRepair>.Deleted { Item: var item } when IsNews(item):
                    _known.Remove(item.Metadata.Name);
                    changes.Add(new RecordChange(item.Metadata.Name, false));
                    break;
            }
        }

        return changes;
    }

    private void Keep(NodeRepair written)
    {
        lock (_gate)
        {
            // Where the watch is past it and has left none, somebody has deleted it meanwhile.
            if (IsNews(written) && (_known.ContainsKey(written.Metadata.Name) || VersionOf(written) > _watched))
                _known[written.Metadata.Name] = written;
        }
    }

    // Versions are opaque to clients but for this comparison, on which the server's own clients rely as well.
    private bool IsNews(NodeRepair item)
        => !_known.TryGetValue(item.Metadata.Name, out var known) || VersionOf(item) is not (> 0 and var version) || version > VersionOf(known);

    /// <returns>0: it is no number.</returns>
    private static long VersionOf(NodeRepair item) => long.TryParse(item.Metadata.ResourceVersion, out var version) ? version : 0;

    private async Task<bool> IsServedAsync(CancellationToken cancellation)
    {
        _missing = !await _metrics.CountAsync("discovery", () => _client.ServesAsync(Kinds.NodeRepairs, cancellation)).ConfigureAwait(false);
        if (_missing && Interlocked.Exchange(ref _told, 1) == 0)
            KubernetesLog.NoNodeRepairs(_logger);
        return !_missing;
    }

    // Only what the models name: what else the server holds is not ours to compare.
    private static bool Same<T>(T one, T other)
        where T : ModelPart
        => Bytes(one).AsSpan().SequenceEqual(Bytes(other));

    private static byte[] Bytes<T>(T part) => JsonSerializer.SerializeToUtf8Bytes(part, KubernetesJson.Options.TypeInfo<T>());
}
