using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Functions.Tests.RepairStep;

/// <summary>A node that knows the actions started on it, and can lose the caller before or after it took one.</summary>
internal sealed class FakeNode : INodeActions
{
    private readonly Dictionary<string, ActionStatus> _actions = [];

    public enum Crash
    {
        None,
        BeforeActing,
        AfterActing,
        Denied,
    }

    /// <summary>The next start is on its way until this is set, or its caller gives up.</summary>
    public TaskCompletionSource? Held { get; set; }

    /// <summary>What happens to the caller in its next start.</summary>
    public Crash NextStart { get; set; }

    /// <summary>What the node says about an action once it is started.</summary>
    public ActionStatus Status { get; set; } = new(ActionState.Succeeded, TimeSpan.Zero, "done");

    public HealthReport Health { get; set; } = new(true, []);

    /// <summary>While it is examined.</summary>
    public Action Examining { get; set; } = () => { };

    /// <summary>Actions that really happened.</summary>
    public List<NodeAction> Acted { get; } = [];

    public async Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation)
    {
        if (Held is { } held)
        {
            Held = null;
            await held.Task.WaitAsync(cancellation);
        }

        var crash = NextStart;
        NextStart = Crash.None;
        if (crash == Crash.BeforeActing)
            throw new CallerDiedException();
        if (crash == Crash.Denied)
            throw new HotpathUnavailableException("pods is forbidden", TimeSpan.Zero);
        if (_actions.TryAdd(action.Key, Status))
            Acted.Add(action);
        if (crash == Crash.AfterActing)
            throw new CallerDiedException();
        return _actions[action.Key];
    }

    public Task<ActionStatus> GetAsync(string key, CancellationToken cancellation) =>
        Task.FromResult(_actions.ContainsKey(key) ? Status : new ActionStatus(ActionState.Unknown, TimeSpan.Zero, ""));

    public Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation)
    {
        Examining();
        return Task.FromResult(Health);
    }
}

internal sealed class CallerDiedException() : Exception("The process died here.");
