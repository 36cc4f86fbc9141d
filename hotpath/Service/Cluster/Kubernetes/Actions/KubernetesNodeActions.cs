using System.Collections.Frozen;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Actions;

/// <summary>
/// Acts on nodes by pods, one an action, whose image and command are configured. The pod is named by the action's key, so it is started
/// once, and anybody can ask the API server what became of it. A boot ends a pod on its node: it has succeeded when the node is ready again
/// after another boot than the one in which it was started.
/// </summary>
public sealed class KubernetesNodeActions : INodeActions
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HealthPoll = TimeSpan.FromMilliseconds(500);

    // Long enough for everybody to have asked what became of it.
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly KubernetesClient _client;
    private readonly TimeProvider _time;
    private readonly string _space;
    private readonly TimeSpan _startTime;
    private readonly FrozenDictionary<string, ActionOptions> _actions;

    public KubernetesNodeActions(KubernetesClient client, KubernetesOptions options, TimeProvider time)
    {
        (_client, _time, _space, _startTime) = (client, time, options.ActionNamespace, options.NodeStartTime);
        _actions = options.Actions.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    public Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(action.Key))
            throw new InvalidRequestException("key: must not be blank");
        return Port.AskAsync(() => BeginAsync(action, cancellation));
    }

    public Task<ActionStatus> GetAsync(string key, CancellationToken cancellation) => Port.AskAsync(() => StatusAsync(key, cancellation));

    public Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation) => Port.AskAsync(() => ExamineAsync(node, cancellation));

    private static ActionStatus StatusOf(Pod pod) => pod.Status.Phase switch
    {
        "Succeeded" => new ActionStatus(ActionState.Succeeded, TimeSpan.Zero, ActionPods.TextOf(pod)),
        "Failed" => new ActionStatus(ActionState.Failed, TimeSpan.Zero, ActionPods.TextOf(pod)),
        _ => new ActionStatus(ActionState.Running, AskAgain, $"Pod {pod.FullName} is {pod.Status.Phase ?? "new"}."),
    };

    private async Task<ActionStatus> BeginAsync(NodeAction action, CancellationToken cancellation)
    {
        var kind = action.Kind.ToString();
        if (!_actions.TryGetValue(kind, out var options))
            return new ActionStatus(ActionState.Failed, TimeSpan.Zero, $"No way to carry out {kind} is configured (Kubernetes:Actions:{kind}).");
        if (await _client.FindAsync(Kinds.Nodes, action.Node, options: null, cancellation).ConfigureAwait(false) is not { } node)
            return new ActionStatus(ActionState.Failed, TimeSpan.Zero, $"No node is named '{action.Node}'.");
        var pod = ActionPods.Of(ActionPods.NameOf(action.Key), _space, action.Key, kind, action.Node, action.GpuMask, node.Status.NodeInfo?.BootID ?? "", options);
        var known = await TidyAsync(action, pod.FullName, cancellation).ConfigureAwait(false);
        try
        {
            // Admission comes before the name is looked at: what has begun would be refused like something new.
            if (!known.Contains(pod.FullName))
                await _client.CreateAsync(Kinds.Pods, pod, options: null, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
        }
        catch (KubernetesException exception) when (exception.IsDecided)
        {
            return new ActionStatus(ActionState.Failed, TimeSpan.Zero, $"{kind} was not begun, its pod was refused: {exception.Message}");
        }

        return await StatusAsync(action.Key, cancellation).ConfigureAwait(false);
    }

    private async Task<ActionStatus> StatusAsync(string key, CancellationToken cancellation)
    {
        var pod = await _client.FindAsync(Kinds.Pods, new ObjectName(_space, ActionPods.NameOf(key)), options: null, cancellation).ConfigureAwait(false);
        if (pod is null || pod.Metadata.Annotations.GetValueOrDefault(ActionPods.KeyAnnotation) != key)
            return new ActionStatus(ActionState.Unknown, TimeSpan.Zero, "No pod was started for this action.");
        return pod.Metadata.Labels.GetValueOrDefault(ActionPods.Label) is "reboot" or "powercycle"
            ? await StatusOfBootAsync(pod, cancellation).ConfigureAwait(false)
            : StatusOf(pod);
    }

    private async Task<HealthReport> ExamineAsync(string node, CancellationToken cancellation)
    {
        if (await _client.FindAsync(Kinds.Nodes, node, options: null, cancellation).ConfigureAwait(false) is not { } known)
            return new HealthReport(false, [$"No node is named '{node}'."]);
        if (!IsReady(known))
            return new HealthReport(false, [$"The kubelet of {node} is not ready."]) { IsComingUp = true };
        if (!_actions.TryGetValue(ActionOptions.HealthCheck, out var options))
            return new HealthReport(false, [$"No way to examine a node is configured (Kubernetes:Actions:{ActionOptions.HealthCheck})."]);
        var key = $"health/{node}/{Guid.NewGuid():n}";
        var pod = ActionPods.Of(ActionPods.NameOf(key), _space, key, ActionOptions.HealthCheck, node, 0, known.Status.NodeInfo?.BootID ?? "", options);
        await _client.CreateAsync(Kinds.Pods, pod, options: null, cancellation).ConfigureAwait(false);
        try
        {
            var report = await ReportOfAsync(pod.FullName, options.Timeout, cancellation).ConfigureAwait(false);
            return report with { IsComingUp = !report.Healthy && _time.GetUtcNow() - ReadyOf(known)?.LastTransitionTime < _startTime };
        }
        finally
        {
            await RemoveAsync(pod.FullName).ConfigureAwait(false);
        }
    }

    private async Task<ActionStatus> StatusOfBootAsync(Pod pod, CancellationToken cancellation)
    {
        var node = await _client.FindAsync(Kinds.Nodes, ActionPods.NodeOf(pod), options: null, cancellation).ConfigureAwait(false);
        if (node is null)
            return new ActionStatus(ActionState.Failed, TimeSpan.Zero, "The node is gone.");
        if (IsReady(node) && HasBooted(node, pod))
            return new ActionStatus(ActionState.Succeeded, TimeSpan.Zero, $"{node.Metadata.Name} has booted again.");
        // A command that failed before anything happened; of one on the node itself nothing is known yet while that is away, or has just been told.
        return pod.Status.Phase == "Failed" && (IsReady(node) || !ActionPods.IsOnItsNode(pod))
            ? StatusOf(pod)
            : new ActionStatus(ActionState.Running, AskAgain, $"{node.Metadata.Name} has not come back from a boot yet.");
    }

    private static bool HasBooted(Node node, Pod pod)
    {
        if (pod.Metadata.Annotations.GetValueOrDefault(ActionPods.BootAnnotation, "") is { Length: > 0 } before)
            return node.Status.NodeInfo?.BootID is { Length: > 0 } now && now != before;
        // It did not say which boot that was, and may say so later without another one: then it has to have gone and come back.
        return (pod.Status.Phase == "Succeeded" || (pod.Status.Phase == "Failed" && ActionPods.IsOnItsNode(pod)))
            && ReadyOf(node)?.LastTransitionTime > pod.Metadata.CreationTimestamp;
    }

    private async Task<HealthReport> ReportOfAsync(ObjectName name, TimeSpan bound, CancellationToken cancellation)
    {
        var begun = _time.GetTimestamp();
        while (_time.GetElapsedTime(begun) < bound)
        {
            var pod = await _client.FindAsync(Kinds.Pods, name, options: null, cancellation).ConfigureAwait(false);
            if (pod is null)
                return new HealthReport(false, ["The pod that examined the node was removed."]);
            if (pod.Status.Phase == "Succeeded")
                return new HealthReport(true, []);
            if (pod.Status.Phase == "Failed")
                return new HealthReport(false, [.. ActionPods.TextOf(pod).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
            await Task.Delay(HealthPoll, _time, cancellation).ConfigureAwait(false);
        }

        return new HealthReport(false, [$"The node could not be examined within {bound.TotalSeconds} s."]);
    }

    /// <summary>Removes actions of the past on the node, which nobody asks about any more.</summary>
    /// <param name="asked">Pod of the one that is asked for now: it must not be started twice, however late it is asked for again.</param>
    /// <returns>The pods of the others.</returns>
    private async Task<HashSet<ObjectName>> TidyAsync(NodeAction action, ObjectName asked, CancellationToken cancellation)
    {
        var all = await _client.ListAsync(Kinds.Pods, ActionPods.On(action.Node, _space), options: null, cancellation).ConfigureAwait(false);
        AttemptKey.TryParse(action.Key, out var key);
        var old = all.Items.Where(pod => key.Outdates(pod) || (ActionPods.HasEnded(pod) && pod.Metadata.CreationTimestamp < _time.GetUtcNow() - Kept))
            .Select(pod => pod.FullName).Where(pod => pod != asked).ToHashSet();
        foreach (var pod in old)
            await RemoveAsync(pod).ConfigureAwait(false);
        return [.. all.Items.Select(pod => pod.FullName).Where(pod => !old.Contains(pod))];
    }

    // What stays is removed by the next action.
    private async Task RemoveAsync(ObjectName pod)
    {
        try
        {
            await ActionPods.DeleteAsync(_client, pod, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KubernetesException)
        {
        }
    }

    private static NodeCondition? ReadyOf(Node node) => node.Status.Conditions.FirstOrDefault(condition => condition.Type == "Ready");

    private static bool IsReady(Node node) => ReadyOf(node) is { Status: "True" };
}
