using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Repair;

/// <summary>The repair commands.</summary>
internal static class RepairEngine
{
    public static Reply Step(ClusterState state, Command command, long now, EffectBuffer effects) => throw new NotSupportedException();

    /// <summary>A node was added: faults reported for its name before now get their run.</summary>
    public static void NodeAppeared(ClusterState state, int node, long now, EffectBuffer effects)
    {
    }

    /// <summary>The node left the cluster: its run ends.</summary>
    public static void NodeRemoved(ClusterState state, int node, long now, EffectBuffer effects)
    {
    }

    public static SweepCounts Sweep(ClusterState state, long now, EffectBuffer effects) => new(0, 0);
}
