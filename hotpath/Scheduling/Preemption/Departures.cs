using System.Collections.Immutable;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>A workload that was told to go. The model has given its place away; the cluster may still run it there.</summary>
/// <param name="Row">As it was when its place was given away.</param>
/// <param name="Since">Unix milliseconds when that was.</param>
/// <param name="ToldAt">Unix milliseconds when it was last told.</param>
internal sealed record Departure(WorkloadRow Row, EvictionReason Reason, Beneficiary For, long Since, long ToldAt);

/// <summary>Workloads that were told to go and have not gone; immutable, replaced as a whole.</summary>
internal sealed class Departures
{
    /// <summary>As many as leave a large cluster in the time that one may take to go; who comes on top is held to be gone at once.</summary>
    public const int Max = 65_536;

    public static readonly Departures None = new(ImmutableSortedDictionary<ulong, Departure>.Empty, ImmutableDictionary<int, int>.Empty);

    private readonly ImmutableSortedDictionary<ulong, Departure> _byId;
    private readonly ImmutableDictionary<int, int> _onNode;

    private Departures(ImmutableSortedDictionary<ulong, Departure> byId, ImmutableDictionary<int, int> onNode) => (_byId, _onNode) = (byId, onNode);

    public int Count => _byId.Count;

    /// <summary>By workload id.</summary>
    public IEnumerable<Departure> All => _byId.Values;

    /// <summary>Nobody has to leave the node.</summary>
    public bool IsClear(int node) => _onNode.IsEmpty || !_onNode.ContainsKey(node);

    public bool Has(ulong workload) => !_byId.IsEmpty && _byId.ContainsKey(workload);

    public Departure? Find(ulong workload) => _byId.IsEmpty ? null : _byId.GetValueOrDefault(workload);

    /// <summary>A departure more, or another in place of the same workload's on the same node.</summary>
    public Departures With(Departure departure)
    {
        var (id, node) = (departure.Row.Id, departure.Row.Node);
        if (_byId.ContainsKey(id))
            return new(_byId.SetItem(id, departure), _onNode);
        return Count >= Max ? this : new(_byId.Add(id, departure), _onNode.SetItem(node, _onNode.GetValueOrDefault(node) + 1));
    }

    public Departures Without(Departure departure)
    {
        var node = departure.Row.Node;
        var left = _onNode[node] - 1;
        return new(_byId.Remove(departure.Row.Id), left == 0 ? _onNode.Remove(node) : _onNode.SetItem(node, left));
    }
}
