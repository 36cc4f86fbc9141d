namespace Pipeline.Benchmarks.Gang;

/// <summary>The baseline: counts what every domain can hold from the node columns, then looks for the tightest domain.</summary>
internal sealed class Recount(Fabric fabric)
{
    private readonly int[] _capacity = new int[fabric.Tree.Count];

    /// <summary>The domain with the least capacity to spare in the lowest tier that has one, or -1.</summary>
    /// <param name="group">Machine group, or -1 for any.</param>
    public int Choose(int group, int gpus, int members, int maxTier)
    {
        Count(group, gpus);
        var tree = fabric.Tree;
        for (var level = 0; level < tree.LevelCount && tree.TierOfLevel(level) <= maxTier; level++)
        {
            var best = -1;
            foreach (var domain in tree.DomainsOfLevel(level))
            {
                if (_capacity[domain] >= members && (best < 0 || _capacity[domain] < _capacity[best]))
                    best = domain;
            }
            if (best >= 0)
                return best;
        }
        return -1;
    }

    private void Count(int group, int gpus)
    {
        var (leaves, groups, frees) = (fabric.Leaf, fabric.Group, fabric.Free);
        Array.Clear(_capacity);
        for (var node = 0; node < frees.Length; node++)
        {
            if (group < 0 || groups[node] == group)
                _capacity[leaves[node]] += frees[node] / gpus;
        }
        // A domain's number is above its parent's.
        for (var domain = _capacity.Length - 1; domain > 0; domain--)
            _capacity[fabric.Tree.ParentOf(domain)] += _capacity[domain];
    }
}
