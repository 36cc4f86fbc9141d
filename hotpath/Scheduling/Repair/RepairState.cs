using System.Collections.Immutable;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Repair;

/// <summary>What the engine knows about faults and repairs, beside the episodes of alerts. Immutable, so a snapshot is a reference.</summary>
public sealed record RepairState
{
    public static RepairState Empty { get; } = new();

    public RepairPolicy Policy { get; init; } = RepairPolicy.Empty;

    /// <summary>Runs that go on, by number.</summary>
    public ImmutableSortedDictionary<long, Run> Live { get; init; } = ImmutableSortedDictionary<long, Run>.Empty;

    /// <summary>Runs that have ended and are still in memory, by number. One that escalated may still hold its node.</summary>
    public ImmutableSortedDictionary<long, Run> Ended { get; init; } = ImmutableSortedDictionary<long, Run>.Empty;

    /// <summary>Ended runs whose marks or tellings are not settled.</summary>
    public ImmutableSortedSet<long> Unsettled { get; init; } = ImmutableSortedSet<long>.Empty;

    /// <summary>Number of the run that lives on a node or holds it.</summary>
    public ImmutableSortedDictionary<int, long> ByNode { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    public AlertRecords Alerts { get; init; } = AlertRecords.Empty;

    /// <summary>Numbers of the open alerts for nodes that the cluster does not have, and of those that came before any playbook, by node name.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<long>> Homeless { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<long>>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<int, NodeHistory> Histories { get; init; } = ImmutableSortedDictionary<int, NodeHistory>.Empty;

    public RepairCounters Counters { get; init; } = new(0, 0, 0, 0, 0);

    public int LiveRunCount => Live.Count;

    /// <summary>Order of ending of the run that ended last.</summary>
    public long LastEndOrdinal => Counters.Ends;

    public long LastAlertNumber => Counters.Alerts;

    /// <summary>Runs that hold a node and go on: what the storm guard counts.</summary>
    public int Repairing { get; init; }

    /// <summary>When each run ended that has ended and still holds its node, by order of ending; Unix milliseconds.</summary>
    public ImmutableSortedDictionary<long, long> Escalated { get; init; } = ImmutableSortedDictionary<long, long>.Empty;

    /// <summary>Numbers of the runs that wait for the storm guard: the order in which they go on.</summary>
    public ImmutableSortedSet<long> Held { get; init; } = ImmutableSortedSet<long>.Empty;

    /// <summary>Numbers of the ended runs to which more may come: somebody may return the node, or the story is being told.</summary>
    public IEnumerable<long> Unfinished
        => Ended.Values.Where(run => run.Holds || run.Teller.Length > 0 || !RunSweep.IsSettled(run)).Select(run => run.Number);

    /// <summary>Numbers of the alert records that get a run when their node appears.</summary>
    public IEnumerable<long> HomelessAlerts => Homeless.Values.SelectMany(numbers => numbers);

    public Run? RunOfNode(int node) => ByNode.TryGetValue(node, out var number) ? RunByNumber(number) : null;

    public Run? RunByNumber(long number) => Live.TryGetValue(number, out var run) || Ended.TryGetValue(number, out run) ? run : null;

    public Run? RunById(string id) => RunId.TryParse(id, out var number) && RunByNumber(number) is { } run && run.Id == id ? run : null;

    /// <summary>Runs in memory with a number below <paramref name="before"/>, newest first.</summary>
    public IEnumerable<Run> NewestFirst(long before = long.MaxValue, bool liveOnly = false)
        => Live.Values.Concat(liveOnly ? [] : Ended.Values).Where(run => run.Number < before).OrderByDescending(run => run.Number);

    /// <summary>The parts of the checkpoint image that hold this state.</summary>
    public IEnumerable<ImagePart> Parts() => RepairParts.Of(this);

    /// <summary>The state from the parts that <see cref="Parts"/> gave; parts of other tables are skipped.</summary>
    /// <exception cref="InvalidDataException">A part is damaged.</exception>
    public static RepairState Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts) => RepairParts.Restore(parts);
}

/// <summary>The last numbers given out.</summary>
public sealed record RepairCounters(long Runs, long Ends, long Alerts, long Episodes, long Seen);
