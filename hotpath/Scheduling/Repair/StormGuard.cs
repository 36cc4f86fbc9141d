namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Keeps a bad signal from emptying the cluster: only a share of the nodes may be in repair at once. At least one always may, or
/// small pools would never be repaired. Held runs wait in the order in which they came; resolves are never held up.
/// </summary>
internal static class StormGuard
{
    /// <summary>
    /// Milliseconds for which a node that was handed to a person still counts. A bad signal whose playbook calls a person at once ends its
    /// runs as fast as it opens them and would otherwise pass the guard; a node that waits for hardware for weeks must not block the others.
    /// </summary>
    public const long EscalationCounts = 300_000;

    /// <summary>A newcomer may go ahead: there is room, and nobody waits for it.</summary>
    public static bool HasRoom(RepairScope scope) => scope.State.Held.IsEmpty && Taken(scope) < Limit(scope);

    public static int Limit(RepairScope scope)
        => Math.Max(1, (int)((long)scope.Cluster.Nodes.Count * scope.Policy.MaxRepairingPercent / 100));

    /// <summary>Nodes that count: in repair, or handed to a person a short while ago.</summary>
    public static int Taken(RepairScope scope)
    {
        var taken = scope.State.Repairing;
        foreach (var (_, endedAt) in scope.State.Escalated)
            taken += endedAt > scope.Now - EscalationCounts ? 1 : 0;
        return taken;
    }

    /// <summary>Lets the oldest held runs go on while there is room.</summary>
    /// <returns>How many.</returns>
    public static int Promote(RepairScope scope)
    {
        var promoted = 0;
        for (; !scope.State.Held.IsEmpty && Taken(scope) < Limit(scope); promoted++)
            Quarantine.Enter(scope, scope.State.Live[scope.State.Held.Min], "engine");
        return promoted;
    }
}
