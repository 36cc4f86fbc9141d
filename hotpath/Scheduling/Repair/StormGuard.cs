namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Keeps a bad signal from emptying the cluster: only a share of the nodes may be in repair at once. At least one always may, or
/// small pools would never be repaired. Held runs wait in the order in which they came; resolves are never held up.
/// </summary>
internal static class StormGuard
{
    /// <summary>A newcomer may go ahead: there is room, and nobody waits for it.</summary>
    public static bool HasRoom(RepairScope scope) => scope.State.Held.IsEmpty && scope.State.Repairing < Limit(scope);

    public static int Limit(RepairScope scope)
        => Math.Max(1, (int)((long)scope.Cluster.Nodes.Count * scope.Policy.MaxRepairingPercent / 100));

    /// <summary>Lets the oldest held runs go on while there is room.</summary>
    /// <returns>How many.</returns>
    public static int Promote(RepairScope scope)
    {
        var promoted = 0;
        for (; !scope.State.Held.IsEmpty && scope.State.Repairing < Limit(scope); promoted++)
            Quarantine.Enter(scope, scope.State.Live[scope.State.Held.Min], "engine");
        return promoted;
    }
}
