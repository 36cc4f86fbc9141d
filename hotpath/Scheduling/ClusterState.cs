using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling;

/// <summary>The whole model that the engine decides on. One thread changes it; readers get snapshots.</summary>
public sealed class ClusterState
{
    private ClusterSnapshot _published = new(0, 0, RepairState.Empty);

    public NodeTable Nodes { get; } = new();

    public WorkloadTable Workloads { get; } = new();

    public TenancyTable Tenancy { get; } = new();

    /// <summary>Disruption budgets.</summary>
    public BudgetTable Budgets { get; } = new();

    internal SetTable Sets { get; } = new();

    internal PendingTable Pending { get; } = new();

    internal JobHeads Heads { get; } = new();

    internal GangScratch Gangs { get; } = new();

    /// <summary>Working memory of <see cref="Placement.Spread"/>.</summary>
    internal NodeSet Apart { get; } = new();

    internal PreemptionScratch Preemption { get; } = new();

    /// <summary>Workloads that were told to go and have not gone.</summary>
    internal DepartureTable Departures { get; } = new();

    /// <summary>Blocks of nodes, and with them who may use which node when.</summary>
    internal BlockTable Blocks { get; } = new();

    /// <summary>What the last cycle left in the queue, by priority; one job for each class.</summary>
    internal List<Unplaced> Unplaced { get; } = [];

    /// <summary>Time of the step, Unix milliseconds.</summary>
    internal long Now { get; set; }

    internal EpisodeTable Episodes { get; } = new();

    /// <summary>Runs, alert records and the policy; immutable, replaced as a whole.</summary>
    public RepairState Repair { get; internal set; } = RepairState.Empty;

    /// <summary>Reservations and holds; immutable, replaced as a whole.</summary>
    public ReservationBook Reservations { get; internal set; } = ReservationBook.Empty;

    /// <summary>A snapshot of the state as it is. Copies what changed since the last one; for the thread that changes the state.</summary>
    /// <param name="sequence">Sequence number of the last command.</param>
    /// <param name="now">Its time, Unix milliseconds.</param>
    public ClusterSnapshot Publish(long sequence, long now) => _published = _published.Next(this, sequence, now);

    /// <summary>The state whose snapshot gave these parts (<see cref="ClusterSnapshot.Parts"/>), by key, in any order; a new state when there are none.</summary>
    /// <exception cref="InvalidDataException">A part is damaged or missing.</exception>
    public static ClusterState Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts) => ClusterRestorer.Restore(parts);
}
