using System.Collections.Immutable;

namespace Pipeline.Scheduling.Repair;

/// <summary>Which fault class an alert belongs to, given what the node has shown lately.</summary>
internal static class Classifier
{
    // A node that floods us with XIDs needs no longer memory: the correlations look minutes back.
    private const int MaxSeen = 16;

    /// <returns>Null when the policy has no class for it: such an alert is only recorded.</returns>
    public static FaultClass? Classify(RepairPolicy policy, AlertSignal alert, NodeHistory history, long now)
        => policy.Classes.GetValueOrDefault(NameOf(policy, alert, history, now));

    public static NodeHistory Remember(NodeHistory history, AlertSignal alert, long now)
    {
        if (alert.Xid == 0)
            return history;
        var kept = history.Seen.AsSpan()[(history.Seen.Length < MaxSeen ? 0 : 1)..];
        return new NodeHistory([.. kept, new SeenXid(alert.Xid, now)]);
    }

    private static string NameOf(RepairPolicy policy, AlertSignal alert, NodeHistory history, long now)
    {
        if (policy.Classes.ContainsKey(alert.FaultClass))
            return alert.FaultClass;
        if (alert.Xid == 0)
            return "";
        foreach (var rule in policy.Correlations)
        {
            if (Correlates(rule, alert.Xid, history, now))
                return rule.FaultClass;
        }

        return policy.Xids.GetValueOrDefault(alert.Xid, policy.UnknownXidClass);
    }

    /// <summary>The two may come in either order.</summary>
    private static bool Correlates(CorrelationRule rule, int xid, NodeHistory history, long now)
        => (xid == rule.Xid && SeenAny(history, rule.With, now - rule.Window))
            || (rule.With.Contains(xid) && SeenAny(history, [rule.Xid], now - rule.Window));

    private static bool SeenAny(NodeHistory history, ImmutableArray<int> xids, long since)
    {
        foreach (var seen in history.Seen)
        {
            if (seen.At >= since && xids.Contains(seen.Xid))
                return true;
        }

        return false;
    }
}
