namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Keeps a bad signal from emptying the cluster: only a share of the nodes may be in repair at once. At least one always may, or
/// small pools would never be repaired. Held runs wait in the order in which they came; resolves are never held up.
/// </summary>
internal static class StormGuard
{
    public static bool HasRoom(RepairScope scope) => scope.State.Repairing < Limit(scope);

    public static int Limit(RepairScope scope)
        => Math.Max(1, (int)((long)scope.Cluster.Nodes.Count * scope.Policy.MaxRepairingPercent / 100));

    /// <summary>Lets the oldest held runs go on while there is room.</summary>
    /// <returns>How many.</returns>
    public static int Promote(RepairScope scope)
    {
        var promoted = 0;
        var room = Limit(scope) - scope.State.Repairing;
        if (room <= 0)
            return 0;
        foreach (var (number, _) in scope.State.Live)
        {
            if (promoted >= room)
                break;
            // Read again: letting one go on may have ended it.
            if (scope.State.Live.TryGetValue(number, out var run) && run.State == RunState.Held)
            {
                Quarantine.Enter(scope, run, "engine");
                promoted++;
            }
        }

        return promoted;
    }
}
