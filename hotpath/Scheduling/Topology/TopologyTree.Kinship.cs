namespace Pipeline.Scheduling.Topology;

/// <content>How domains lie to each other.</content>
public sealed partial class TopologyTree
{
    /// <summary>Whether <paramref name="other"/> is the domain or below it.</summary>
    public bool Contains(int domain, int other) => other >= domain && other < _ends[domain];

    /// <summary>The lowest domain that contains all of these.</summary>
    /// <param name="domains">At least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public int LowestCommonDomain(ReadOnlySpan<int> domains)
    {
        if (domains.IsEmpty)
            throw new ArgumentException("No domains have no common domain.", nameof(domains));
        var (first, last) = (domains[0], domains[0]);
        foreach (var domain in domains)
            (first, last) = (Math.Min(first, domain), Math.Max(last, domain));
        // Who contains the lowest and the highest number contains all between.
        while (_ends[first] <= last)
            first = _parents[first];
        return first;
    }

    /// <summary>The highest domain of at most this tier that is or contains <paramref name="domain"/>; -1 when its own tier is above.</summary>
    public int HighestAround(int domain, int maxTier)
    {
        var highest = -1;
        foreach (var around in NearToFar(domain, maxTier))
            highest = around;
        return highest;
    }

    /// <summary>The domains of at most this tier that are or contain <paramref name="leaf"/>, the nearest first.</summary>
    public NearToFar NearToFar(int leaf, int maxTier = RootTier) => new(this, leaf, maxTier);
}

/// <summary>Enumerates the domains round a leaf. Each contains the one before, so only what is new in it needs a look.</summary>
public struct NearToFar
{
    private readonly TopologyTree _tree;
    private readonly int _maxTier;
    private int _next;

    internal NearToFar(TopologyTree tree, int leaf, int maxTier) => (_tree, _next, _maxTier, Current) = (tree, leaf, maxTier, -1);

    public int Current { get; private set; }

    public readonly NearToFar GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next < 0 || _tree.TierOf(_next) > _maxTier)
            return false;
        Current = _next;
        _next = _tree.ParentOf(_next);
        return true;
    }
}
