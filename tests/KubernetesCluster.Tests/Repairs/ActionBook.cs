using System.Collections.Concurrent;
using Pipeline.Contracts.Cluster;

namespace Pipeline.KubernetesCluster.Tests.Repairs;

/// <summary>The machines: they do what they are told at once, remember under which key, and are healthy. No leader's end touches them.</summary>
internal sealed class ActionBook : INodeActions
{
    private readonly ConcurrentDictionary<string, NodeAction> _done = new(StringComparer.Ordinal);
    private int _checks;

    /// <summary>Every action that really happened.</summary>
    public IReadOnlyCollection<NodeAction> Done => [.. _done.Values];

    public int Checks => _checks;

    public Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation)
    {
        _done.TryAdd(action.Key, action);
        return GetAsync(action.Key, cancellation);
    }

    public Task<ActionStatus> GetAsync(string key, CancellationToken cancellation)
        => Task.FromResult(new ActionStatus(_done.ContainsKey(key) ? ActionState.Succeeded : ActionState.Unknown, TimeSpan.Zero, ""));

    public Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _checks);
        return Task.FromResult(new HealthReport(true, []));
    }
}
