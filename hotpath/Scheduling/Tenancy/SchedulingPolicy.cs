using System.Collections.Immutable;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>Who may use what, and who goes first. One YAML file; journaled as one command, replaced as a whole.</summary>
public sealed record SchedulingPolicy
{
    /// <summary>Nobody is named: everything belongs to one project without limits.</summary>
    public static SchedulingPolicy Open { get; } = new();

    /// <summary>Execution units under their cost units; empty: every workload is taken, without quota. Sorted by name.</summary>
    public ImmutableArray<Project> Projects { get; init; } = [];

    /// <summary>Sorted by name.</summary>
    public ImmutableArray<MachineProfile> Profiles { get; init; } = [];

    public PriorityRules Priority { get; init; } = new();

    public SpreadRules Spread { get; init; } = new();

    public ZoneRules Zones { get; init; } = new();

    public PreemptionRules Preemption { get; init; } = new();

    public ReservationRules Reservations { get; init; } = new();

    public GangRules Gangs { get; init; } = new();
}

/// <param name="Name">Unique in the policy, at most 253 characters.</param>
/// <param name="Workspace">Cost unit that the project belongs to.</param>
/// <param name="MayBeUrgent">Its workloads may carry the urgent flag.</param>
/// <param name="Quotas">By machine group; without one the project has neither Reserved nor OnDemand capacity in the group. Sorted by group.</param>
public sealed record Project(string Name, string Workspace, bool MayBeUrgent, ImmutableArray<Quota> Quotas)
{
    /// <summary>The quota for a machine group; null when there is none.</summary>
    /// <param name="group">Machine group name.</param>
    public Quota? QuotaFor(string group) => Quotas.FirstOrDefault(quota => quota.Group == group) ?? Quotas.FirstOrDefault(quota => quota.Group == Quota.AnyGroup);
}

/// <summary>What a project may use of a machine group, in milli-GPU; -1: no limit.</summary>
/// <param name="Group">Machine group name; <c>*</c>: every group without a quota of its own, each for itself.</param>
/// <param name="Reserved">Guaranteed; 0 to 2^40, which is a billion GPUs.</param>
/// <param name="OnDemand">Beyond it a workload borrows idle Reserved capacity.</param>
/// <param name="Spot">Default -1.</param>
public sealed record Quota(string Group, long Reserved, long OnDemand, long Spot)
{
    public const string AnyGroup = "*";
}

/// <summary>A named shape: users pick a profile, not numbers.</summary>
/// <param name="GpuCount">See <see cref="Commands.PlaceCommand.GpuCount"/>.</param>
/// <param name="GpuMilli">See <see cref="Commands.PlaceCommand.GpuMilli"/>.</param>
/// <param name="CpuMilli">Thousandths of a core.</param>
/// <param name="MemoryMib">MiB.</param>
/// <param name="Group">Machine group name; empty: any.</param>
public sealed record MachineProfile(string Name, int GpuCount, int GpuMilli, long CpuMilli, long MemoryMib, string Group);

/// <summary>
/// Priority in points: the table's, plus those for size, waiting, the project's record and urgency. Waiting counts without end, so a
/// workload that has waited for (largest - smallest other points) / <see cref="PerWaitingHour"/> hours is ahead of every later one.
/// </summary>
public sealed record PriorityRules
{
    /// <summary>Points by provisioning, category and purpose; the first row that matches counts. Default: Reserved 600, OnDemand 300, Spot 0, and 100 more for Serving.</summary>
    public ImmutableArray<PriorityRow> Table { get; init; } =
    [
        new(Provisioning.Reserved, Category.Serving, null, 700), new(Provisioning.Reserved, null, null, 600),
        new(Provisioning.OnDemand, Category.Serving, null, 400), new(Provisioning.OnDemand, null, null, 300),
        new(Provisioning.Spot, Category.Serving, null, 100),
    ];

    /// <summary>For each doubling of the GPU count above one; default 10, range 0 to 1,000.</summary>
    public int PerSizeDoubling { get; init; } = 10;

    /// <summary>Default 60, range 1 to 10,000: waiting must count for something.</summary>
    public int PerWaitingHour { get; init; } = 60;

    /// <summary>
    /// Taken off a project that has used its share of the month or more, in proportion below; default 100, range 0 to 10,000. The share is the
    /// sum of its Reserved and its limited OnDemand quotas, for a month of 730 hours; from a project with none of these nothing is taken.
    /// </summary>
    public int ForUse { get; init; } = 100;

    /// <summary>Given to a project that keeps its GPUs wholly busy, in proportion below; default 100, range 0 to 10,000.</summary>
    public int ForUtilization { get; init; } = 100;

    /// <summary>Default 5,000, range 0 to 100,000.</summary>
    public int ForUrgency { get; init; } = 5_000;
}

/// <summary>Null matches any. Points range from 0 to 10,000.</summary>
public sealed record PriorityRow(Provisioning? Provisioning, Category? Category, Purpose? Purpose, int Points);

/// <param name="MinNodes">Nodes (and leaf domains, where there are any) over which a service's replicas are spread before they are packed; default 3, range 1 to 16.</param>
public sealed record SpreadRules(int MinNodes = 3);

/// <summary>
/// Which size goes to which zone. A node's zone comes from its label; nodes without one are open to all. Zones are soft: a workload
/// that does not fit in its own takes that of the next size, then the other (a medium one small before large).
/// </summary>
/// <param name="SmallGpus">Workloads and gangs up to so many GPUs in all are small; default 1, range 0 to 1,000,000.</param>
/// <param name="MediumGpus">Up to so many they are medium, above large; default 8, range from <paramref name="SmallGpus"/> to 1,000,000.</param>
public sealed record ZoneRules(int SmallGpus = 1, int MediumGpus = 8);

/// <summary>What an eviction is held to cost, in GPU-seconds, and what it may do.</summary>
public sealed record PreemptionRules
{
    /// <summary>Evict although a disruption budget forbids it; default false.</summary>
    public bool OverrideBudgets { get; init; }

    /// <summary>GPU-seconds for each victim GPU by category (Training, Serving, Data, Interactive); default 60, 1800, 60, 600; range 0 to 1,000,000.</summary>
    public ImmutableArray<int> PerGpu { get; init; } = [60, 1_800, 60, 600];

    /// <summary>GPU-seconds for each gang that an eviction breaks; default 600, range 0 to 1,000,000.</summary>
    public int PerGang { get; init; } = 600;

    /// <summary>Seconds for which a workload is safe after its start; default 0, range 0 to 86,400.</summary>
    public int MinRunSeconds { get; init; }
}

/// <param name="DrainSeconds">Before a reservation starts, workloads on its block that would not end by themselves are told to go; default 900, range 0 to 86,400.</param>
/// <param name="HorizonDays">How far ahead a reservation may lie; default 90, range 1 to 366.</param>
/// <param name="HoldAfterSeconds">Waiting time after which the first in the queue holds the nodes that it will get; default 300, range 0 to 604,800.</param>
/// <param name="MaxHolds">Such holds at a time; default 1, range 0 to 64.</param>
public sealed record ReservationRules(int DrainSeconds = 900, int HorizonDays = 90, int HoldAfterSeconds = 300, int MaxHolds = 1);

/// <param name="MixGroups">Members of one gang may be on different machine groups; default false.</param>
public sealed record GangRules(bool MixGroups = false);
