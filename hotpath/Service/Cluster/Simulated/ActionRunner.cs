using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;
using Pipeline.Hotpath.Cluster.Simulated.State;
using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>
/// Actions on nodes: one at a time per node, each key once. A refused action leaves no trace, because it never began: its key is
/// still unknown and may be tried again.
/// </summary>
internal sealed class ActionRunner(SimulatedClusterOptions options, SimulationState state, ChangeLog log)
{
    private static readonly ActionStatus NeverStarted = new(ActionState.Unknown, TimeSpan.Zero, "No action was started under this key.");

    public ActionStatus Start(NodeAction action, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(action.Key))
            throw new InvalidRequestException("key: must not be blank");
        if (!Enum.IsDefined(action.Kind))
            throw new InvalidRequestException($"kind: {(int)action.Kind} is not an action");
        if (state.FindAction(action.Key) is { } known)
            return StatusOf(known, now);
        if (state.FindNode(action.Node) is not { } node)
            return Refused($"No node is named '{action.Node}'.");
        if (action.Kind == NodeActionKind.GpuReset && (action.GpuMask & ~NodeHardware.AllGpus) != 0)
            return Refused($"GpuMask 0x{action.GpuMask:X} names GPUs that {node.Name} does not have; it has {NodeHardware.GpuCount}.");
        if (node.RunningKey is { } running)
            return Refused($"{node.Name} is busy with {state.FindAction(running)!.Kind} ({running}).");
        if (!NodeHardware.Boots(action.Kind) && !node.Hardware.Reachable)
            return Refused($"{node.Name} does not answer.");

        var duration = Duration(action);
        log.Commit(new ActionStarted(now, action.Key, node.Name, action.Kind, action.GpuMask, now + duration), throughToDisk: true);
        return StatusOf(state.FindAction(action.Key)!, now);
    }

    public ActionStatus Get(string key, DateTimeOffset now) => state.FindAction(key) is { } action ? StatusOf(action, now) : NeverStarted;

    public void Finish(Due due)
    {
        var node = state.Nodes[due.Subject];
        if (node.RunningKey is null || state.FindAction(node.RunningKey) is not { } action || action.EndsAt != due.At)
            return;
        log.Commit(ByChance(action) ?? ByParts(action, node));

        ActionFinished? ByChance(ExecutedAction failing)
            => Dice.Fraction(options.Seed, "failure", failing.Key) * 100 < options.ActionFailurePercent
                ? new ActionFinished(due.At, failing.Key, Effective: false, Succeeded: false, $"{failing.Kind} failed and changed nothing.")
                : null;

        ActionFinished ByParts(ExecutedAction ending, SimulatedNode on)
        {
            var reason = on.Hardware.ReasonToFail(ending.Kind, ending.GpuMask);
            return new ActionFinished(due.At, ending.Key, Effective: true, reason is null, reason ?? $"{ending.Kind} is done.");
        }
    }

    private static ActionStatus Refused(string reason) => new(ActionState.Failed, TimeSpan.Zero, reason);

    private static ActionStatus StatusOf(ExecutedAction action, DateTimeOffset now)
        => new(action.State, action.State == ActionState.Running ? action.EndsAt - now : TimeSpan.Zero, action.Detail);

    private TimeSpan Duration(NodeAction action)
    {
        var nominal = TimeSpan.FromSeconds(action.Kind switch
        {
            NodeActionKind.GpuReset => 15,
            NodeActionKind.DriverReset => 20,
            NodeActionKind.Reboot => 240,
            _ => 420,
        });
        var jitter = (2 * Dice.Fraction(options.Seed, "duration", action.Key) - 1) * options.JitterPercent / 100;
        return options.Scaled(nominal * (1 + jitter));
    }
}
