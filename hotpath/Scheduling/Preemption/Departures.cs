using System.Collections.Immutable;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>A workload that was told to go. The model has given its place away; the cluster may still run it there.</summary>
/// <param name="Row">As it was when its place was given away.</param>
/// <param name="Since">Unix milliseconds when that was.</param>
/// <param name="ToldAt">Unix milliseconds when it was last told.</param>
internal sealed record Departure(WorkloadRow Row, EvictionReason Reason, Beneficiary For, long Since, long ToldAt);

/// <summary>Workloads that were told to go and have not gone; immutable.</summary>
/// <param name="byId">By workload id.</param>
/// <param name="nodes">Where they are.</param>
internal sealed class Departures(ImmutableSortedDictionary<ulong, Departure> byId, ImmutableHashSet<int> nodes)
{
    /// <summary>As many as leave a large cluster in the time that one may take to go; who comes on top is held to be gone at once.</summary>
    public const int Max = 65_536;

    public static readonly Departures None = new(ImmutableSortedDictionary<ulong, Departure>.Empty, []);

    public int Count => byId.Count;

    /// <summary>By workload id.</summary>
    public IEnumerable<Departure> All => byId.Values;

    /// <summary>Nobody has to leave the node.</summary>
    public bool IsClear(int node) => nodes.IsEmpty || !nodes.Contains(node);

    public bool Has(ulong workload) => !byId.IsEmpty && byId.ContainsKey(workload);
}
