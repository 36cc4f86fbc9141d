using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling;

/// <summary>What time alone brings about.</summary>
internal static class Sweeper
{
    public static Reply Sweep(ClusterState state, long now, EffectBuffer effects) => Reply.Of(Outcome.Done, RepairEngine.Sweep(state, now, effects));
}
