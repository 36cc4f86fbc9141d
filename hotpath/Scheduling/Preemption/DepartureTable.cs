using System.Collections.Immutable;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// The model's <see cref="Departures"/>. What is changed before somebody looks is copied once: hundreds leave for one gang, and to copy the way
/// to each of them through the tree takes more than a quarter of the decision.
/// </summary>
internal sealed class DepartureTable
{
    private readonly ImmutableSortedDictionary<ulong, Departure>.Builder _byId = ImmutableSortedDictionary.CreateBuilder<ulong, Departure>();
    private readonly ImmutableHashSet<int>.Builder _nodes = ImmutableHashSet.CreateBuilder<int>();
    private readonly Dictionary<int, int> _onNode = [];
    private Departures? _current = Departures.None;

    public int Count => _byId.Count;

    /// <inheritdoc cref="Departures.All"/>
    public IEnumerable<Departure> All => _byId.Values;

    /// <summary>As they are now; the same object until they change.</summary>
    public Departures Current => _current ??= new Departures(_byId.ToImmutable(), _nodes.ToImmutable());

    /// <inheritdoc cref="Departures.IsClear"/>
    public bool IsClear(int node) => Count == 0 || !_onNode.ContainsKey(node);

    public bool Has(ulong workload) => Count > 0 && _byId.ContainsKey(workload);

    public Departure? Find(ulong workload) => Count == 0 ? null : _byId.GetValueOrDefault(workload);

    /// <summary>A departure more, unless there are too many, or another in place of the same workload's on the same node.</summary>
    public void Set(Departure departure)
    {
        var (id, before) = (departure.Row.Id, Count);
        if (before >= Departures.Max && !_byId.ContainsKey(id))
            return;
        _byId[id] = departure;
        if (Count > before)
            Note(departure.Row.Node, 1);
        _current = null;
    }

    /// <param name="departure">Is there.</param>
    public void Remove(Departure departure)
    {
        _byId.Remove(departure.Row.Id);
        Note(departure.Row.Node, -1);
        _current = null;
    }

    private void Note(int node, int more)
    {
        var left = _onNode.GetValueOrDefault(node) + more;
        if (left == 0)
        {
            _onNode.Remove(node);
            _nodes.Remove(node);
            return;
        }
        if (left == more)
            _nodes.Add(node);
        _onNode[node] = left;
    }
}
