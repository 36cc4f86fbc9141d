namespace Pipeline.Scheduling.Topology;

/// <summary>
/// Enumerates the domains that can hold a need by their free GPUs: tiers ascending, and in a tier those first that are left least
/// fragmented. The caller tries to place the gang in one and asks for the next when CPU or memory make that fail.
/// </summary>
/// <remarks>
/// The order in a tier: the least capacity left for the largest members (for a need without GPUs: the fewest free GPUs), then the
/// fewest nodes left in fragments (<see cref="GpuPacking"/>), then the lowest number. What a failed try changed must be undone
/// before the next one is asked for. Each step looks at every domain of the tier, or of the part of the tree that is asked about, and
/// keeps only the rank of the last answer.
/// </remarks>
public ref struct DomainSearch
{
    // Ranks order like (spare, remnants, domain): 23 bits hold 2^18 nodes of 16 GPUs, 19 bits hold 2^18 nodes, 16 bits a domain.
    private const int DomainBits = 16;
    private const int RemnantBits = 19;
    private const int RemnantMask = (1 << RemnantBits) - 1;
    private const int SpareShift = RemnantBits + DomainBits;
    private const long NoRank = -1;

    // To find a row by its domain costs about as much as to look at so many of them in a line.
    private const int CostOfFinding = 16;

    private readonly DomainCounts _counts;
    private readonly GpuNeed _need;
    private readonly CapacityMask _mask;
    private readonly int _group;
    private readonly int _maxTier;
    private readonly int _start;
    private readonly int _end;
    private int _level;
    private long _last = NoRank;

    internal DomainSearch(DomainCounts counts, int group, in GpuNeed need, int maxTier, int within)
    {
        (_counts, _group, _need, _maxTier) = (counts, group, need, maxTier);
        (_start, _end) = (within, counts.Tree.EndOf(within));
        _mask = new CapacityMask(Math.Max(1, need.Largest));
    }

    /// <summary>The domain to try.</summary>
    public readonly int Current => (int)(_last & ((1 << DomainBits) - 1));

    public readonly DomainSearch GetEnumerator() => this;

    public bool MoveNext()
    {
        var tree = _counts.Tree;
        for (; _level < tree.LevelCount && tree.TierOfLevel(_level) <= _maxTier; _level++, _last = NoRank)
        {
            if (!_counts.MayHold(_group, _level, _need))
                continue;
            var next = Next();
            if (next != long.MaxValue)
            {
                _last = next;
                return true;
            }
            // That a part of the tree holds none says nothing of the level.
            if (_last == NoRank && _start == TopologyTree.Root)
                _counts.Tighten(_group, _level);
        }
        return false;
    }

    /// <summary>The next answer is of a higher tier.</summary>
    public void LeaveTier() => (_level, _last) = (_level + 1, NoRank);

    private readonly int LargestMembers => _need.Largest == 0 ? 0 : _need.Members(_need.Largest);

    private static long RankOf(int spare, int remnants, int domain)
        => (long)spare << SpareShift | (long)remnants << DomainBits | (long)domain;

    /// <summary>The lowest rank above the last one.</summary>
    private readonly long Next()
        => (_end - _start) * CostOfFinding < _counts.RowsOf(_group, _level).Length ? NextWithin() : NextOfTier();

    private readonly long NextWithin()
    {
        var (members, best, bestRow) = (LargestMembers, long.MaxValue, -1);
        for (var domain = _start; domain < _end; domain++)
        {
            if (_counts.Tree.LevelOf(domain) != _level || !_counts.TryFindRow(domain, _group, out var row))
                continue;
            var spare = _mask.Capacity(_counts.AllAtLeast, row) - members;
            var rank = spare < 0 ? best : Rank(row, spare, best, bestRow);
            if (rank < best)
                (best, bestRow) = (rank, row);
        }
        return best;
    }

    private readonly long NextOfTier()
    {
        var counts = _counts.AllAtLeast;
        var members = LargestMembers;
        var (best, bestRow) = (long.MaxValue, -1);
        var (least, most) = (_last == NoRank ? 0 : (int)(_last >> SpareShift), int.MaxValue);
        foreach (var row in _counts.RowsOf(_group, _level))
        {
            var spare = _mask.Capacity(counts, row) - members;
            // Below 0, below the last answer's, or above the best one's so far: one comparison for what most domains fail at.
            if ((uint)(spare - least) > (uint)(most - least))
                continue;
            var rank = Rank(row, spare, best, bestRow);
            if (rank < best)
                (best, bestRow, most) = (rank, row, spare);
        }
        return best;
    }

    /// <summary>The rank of a domain with this spare capacity, or <paramref name="best"/> when it is no answer or no better.</summary>
    private readonly long Rank(int row, int spare, long best, int bestRow)
    {
        var domain = _counts.DomainOf(row);
        if (domain < _start || domain >= _end || _counts.NodesOf(row) == 0 || RankOf(spare, 0, domain) >= best)
            return best;
        var atLeast = _counts.AtLeast(row);
        // An idle cluster is full of equal domains, and packing costs more than all else here.
        var remnants = bestRow >= 0 && atLeast.SequenceEqual(_counts.AtLeast(bestRow)) ? (int)(best >> DomainBits) & RemnantMask
            : FreeCounts.Cover(atLeast, _need) ? GpuPacking.Remnants(atLeast, _need)
            : GpuPacking.DoesNotFit;
        var rank = RankOf(spare, remnants, domain);
        return remnants == GpuPacking.DoesNotFit || rank <= _last ? best : rank;
    }
}
