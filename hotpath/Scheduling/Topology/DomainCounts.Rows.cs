using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Topology;

/// <content>
/// The rows: one for each domain and pool (a machine group, or all of them) that meet, linked to the same pool's row of the domain
/// above. The rows of a pool on one level of the tree are a segment, with the largest of their counts beside it.
/// </content>
public sealed partial class DomainCounts
{
    private const int FirstCapacity = 16;

    private readonly WorkloadMap _rowByKey = new();

    // The nodes under one switch are mostly of one group, and then this spares the look into the map.
    private readonly (int Group, int Row)[] _lastRowOf;

    private int _rowCount;
    private int[] _domains = new int[FirstCapacity];
    private RowLink[] _links = new RowLink[FirstCapacity];
    private int[] _nodes = new int[FirstCapacity];
    private int[] _atLeast = new int[FirstCapacity * FreeCounts.Width];

    private int[][] _rowsOf = [];
    private int[] _sizeOf = [];

    // Never less than the truth: growth is entered at once, and a search that looks in vain sets the rest right.
    private int[] _ceilings = [];

    /// <summary>The counts of all rows, <see cref="FreeCounts.Width"/> each.</summary>
    internal ReadOnlySpan<int> AllAtLeast => _atLeast;

    internal int DomainOf(int row) => _domains[row];

    internal int NodesOf(int row) => _nodes[row];

    /// <summary>Cumulative counts of a row; see <see cref="FreeCounts"/>.</summary>
    internal ReadOnlySpan<int> AtLeast(int row) => _atLeast.AsSpan(row * FreeCounts.Width, FreeCounts.Width);

    /// <summary>The pool's rows on a level, in no order.</summary>
    internal ReadOnlySpan<int> RowsOf(int group, int level)
        => SegmentOf(group, level) is var segment && segment < _rowsOf.Length ? _rowsOf[segment].AsSpan(0, _sizeOf[segment]) : [];

    /// <summary>False when no domain of the level can hold the need in nodes of the group.</summary>
    internal bool MayHold(int group, int level, in GpuNeed need)
        => SegmentOf(group, level) is var segment && segment < _rowsOf.Length
            && FreeCounts.Cover(_ceilings.AsSpan(segment * FreeCounts.Width, FreeCounts.Width), need);

    /// <summary>Makes the ceiling of a pool's level the truth.</summary>
    internal void Tighten(int group, int level)
    {
        var ceiling = _ceilings.AsSpan(SegmentOf(group, level) * FreeCounts.Width, FreeCounts.Width);
        ceiling.Clear();
        foreach (var row in RowsOf(group, level))
            FreeCounts.Raise(ceiling, AtLeast(row));
    }

    private static ulong KeyOf(int domain, int group) => (ulong)(group + 1) << 32 | (uint)domain;

    private int SegmentOf(int group, int level) => (group + 1) * Tree.LevelCount + level;

    internal bool TryFindRow(int domain, int group, out int row)
    {
        row = domain;
        return group == AnyGroup || _rowByKey.TryFind(KeyOf(domain, group), out row);
    }

    private int RowOf(int domain, int group)
    {
        ref var last = ref _lastRowOf[domain];
        if (last.Group != group)
            last = (group, _rowByKey.TryFind(KeyOf(domain, group), out var row) ? row : AddRows(domain, group));
        return last.Row;
    }

    private int AddRows(int domain, int group)
    {
        if (SegmentOf(group, 0) >= _rowsOf.Length)
            AddPool(group);
        var parent = domain == TopologyTree.Root ? -1 : RowOf(Tree.ParentOf(domain), group);
        var row = AddRow(domain, group, parent);
        _rowByKey.Add(KeyOf(domain, group), row);
        return row;
    }

    private int AddRow(int domain, int group, int parent)
    {
        var row = _rowCount++;
        if (row == _domains.Length)
            Grow(row * 2);
        var segment = SegmentOf(group, Tree.LevelOf(domain));
        (_domains[row], _links[row]) = (domain, new RowLink(parent, segment));
        ref var rows = ref _rowsOf[segment];
        if (_sizeOf[segment] == rows.Length)
            Array.Resize(ref rows, Math.Max(FirstCapacity, rows.Length * 2));
        rows[_sizeOf[segment]++] = row;
        return row;
    }

    private void Grow(int capacity)
    {
        Array.Resize(ref _domains, capacity);
        Array.Resize(ref _links, capacity);
        Array.Resize(ref _nodes, capacity);
        Array.Resize(ref _atLeast, capacity * FreeCounts.Width);
    }

    private void AddPool(int group)
    {
        var (known, segments) = (_rowsOf.Length, Math.Max(SegmentOf(group + 1, 0), _rowsOf.Length * 2));
        Array.Resize(ref _rowsOf, segments);
        Array.Resize(ref _sizeOf, segments);
        Array.Resize(ref _ceilings, segments * FreeCounts.Width);
        _rowsOf.AsSpan(known).Fill([]);
    }

    /// <param name="Parent">The same pool's row of the domain above, or -1.</param>
    private readonly record struct RowLink(int Parent, int Segment);
}
