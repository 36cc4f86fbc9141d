namespace Pipeline.Scheduling.Snapshots;

/// <summary>Immutable pages in branches of 64: replacing a page copies its branch and the list of branches, not the list of all pages.</summary>
internal sealed class PageTree<T>
    where T : class
{
    private const int BranchSize = 64;

    private readonly T?[][] _branches;

    private PageTree(T?[][] branches) => _branches = branches;

    public static PageTree<T> Empty { get; } = new([]);

    /// <summary>The page, or null where no row of it is in use.</summary>
    public T? this[int page] => (uint)page / BranchSize < (uint)_branches.Length ? _branches[page / BranchSize][page % BranchSize] : null;

    /// <summary>The pages in use, in order.</summary>
    public IEnumerable<T> Pages()
    {
        foreach (var branch in _branches)
        {
            foreach (var page in branch)
            {
                if (page != null)
                    yield return page;
            }
        }
    }

    /// <summary>The pages in which this tree differs from an earlier one, in order; null where one of them has no such page. Shared branches are skipped whole.</summary>
    public IEnumerable<(T? Before, T? Now)> ChangedSince(PageTree<T> earlier)
    {
        for (var branch = 0; branch < Math.Max(_branches.Length, earlier._branches.Length); branch++)
        {
            var before = branch < earlier._branches.Length ? earlier._branches[branch] : null;
            var now = branch < _branches.Length ? _branches[branch] : null;
            for (var page = 0; page < BranchSize && before != now; page++)
            {
                if (before?[page] != now?[page])
                    yield return (before?[page], now?[page]);
            }
        }
    }

    /// <summary>This tree with every dirty page replaced by a fresh copy.</summary>
    public PageTree<T> With(IPagedTable<T> table)
    {
        var dirty = table.Dirty;
        var page = dirty.Next(0);
        if (page < 0)
            return this;
        var branches = (T?[][])_branches.Clone();
        for (var own = -1; page >= 0; page = dirty.Next(page))
        {
            var branch = page / BranchSize;
            while (branch >= branches.Length)
                branches = [.. branches, new T?[BranchSize]];
            if (branch != own)
                branches[own = branch] = (T?[])branches[branch].Clone();
            branches[branch][page % BranchSize] = table.CopyPage(page);
        }
        return new PageTree<T>(branches);
    }
}
