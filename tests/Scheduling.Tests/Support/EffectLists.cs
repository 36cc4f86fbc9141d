using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Tests.Support;

internal static class EffectLists
{
    public static IEnumerable<Effect> All(this EffectBuffer effects) => Enumerable.Range(0, effects.Count).Select(i => effects[i]);
}
