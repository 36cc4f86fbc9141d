using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Preemption;

/// <summary>Whom a workload that found no place may evict: those of a lower rank, and an urgent one also those of its own rank that are not urgent.</summary>
/// <param name="Rank">What its GPUs would be accounted as.</param>
/// <param name="OwnSet">Its own gang, whose members it must not evict, or -1.</param>
/// <param name="At">Time for which costs are worked out, Unix milliseconds.</param>
/// <param name="Rough">Leave out what is not seen on the node itself or depends on the time: protected starts and disruption budgets.</param>
/// <param name="ForGang">In a rough look a gang that breaks counts in part, by its members: it may make room for several at once.</param>
internal readonly record struct Preemptor(UsageKind Rank, bool Urgent, int OwnSet, long At, bool Rough, bool ForGang = false)
{
    /// <summary>Different values of <see cref="Level"/>.</summary>
    public const int Levels = 16;

    /// <summary>Equal for preemptors to whom a rough look shows the same.</summary>
    public int Level => (int)Rank * 4 + (Urgent ? 2 : 0) + (ForGang ? 1 : 0);

    /// <summary>The rough look of all preemptors of a level.</summary>
    /// <param name="at">Unix milliseconds.</param>
    public static Preemptor OfLevel(int level, long at) => new((UsageKind)(level / 4), (level & 2) != 0, -1, at, Rough: true, (level & 1) != 0);

    /// <summary>There can be victims at all.</summary>
    public bool HasVictims => Rank > UsageKind.Spot || Urgent;

    public bool MayEvict(in WorkloadRow row, PreemptionRules rules)
        => (row.Kind < Rank || (Urgent && row.Kind == Rank && !row.Traits.Urgent))
        && (Rough || At - row.StartedAt >= rules.MinRunSeconds * 1000L);
}
