using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// For every node the cost of making room for one workload of a size, for preemptors that may evict the same: what it will be at a
/// reference time, and what it grows by in a second, so that the order of the nodes is right at any time before.
/// </summary>
internal sealed class ImpactColumn
{
    /// <summary>No victims would make room.</summary>
    public const int NoWay = int.MaxValue;

    /// <summary>Bits of a growth behind the point.</summary>
    public const int GrowthBits = 6;

    /// <summary>What growths are held to, so that the value at any time before the reference time fits 32 bits; 20 bits.</summary>
    public const int MaxGrowth = int.MaxValue / ReferenceTimes.Period;

    private const int MaxCost = 1 << 30;

    private int[] _costs = [];
    private int[] _growths = [];

    /// <summary>GPU-seconds at the node's reference time, or <see cref="NoWay"/>; as many as there are growths, a multiple of a vector.</summary>
    public ReadOnlySpan<int> Costs => _costs;

    /// <summary>GPUs, in units of 1/64.</summary>
    public ReadOnlySpan<int> Growths => _growths;

    /// <summary>Nodes to be worked out anew.</summary>
    public DirtyPages Dirty { get; } = new(1);

    /// <summary>The same in the order of the network domains; null until it is asked for.</summary>
    public DomainColumn? ByDomain { get; set; }

    /// <summary>Under which rules the entries were worked out; the same object or others.</summary>
    public object? Rules { get; set; }

    /// <summary>Unix seconds until which every reference time that has passed has been noticed.</summary>
    public long Second { get; set; }

    /// <summary>GPU-seconds, or <see cref="NoWay"/>.</summary>
    /// <param name="moment">See <see cref="ReferenceTimes.MomentOf"/>.</param>
    public int At(int node, int moment)
        => _costs[node] == NoWay ? NoWay : _costs[node] - (_growths[node] * ReferenceTimes.Left(node, moment) >> GrowthBits);

    /// <param name="cost">Thousandths of a GPU-second; negative: no way.</param>
    /// <param name="growth">Milli-GPU.</param>
    public void Set(int node, long cost, long growth)
    {
        _costs[node] = cost < 0 ? NoWay : (int)Math.Min(MaxCost, Impact.GpuSeconds(cost));
        _growths[node] = cost < 0 ? 0 : (int)Math.Min(MaxGrowth, (growth << GrowthBits) / NodeTable.WholeGpu);
    }

    public void Reserve(int nodes)
    {
        var known = _costs.Length;
        if (known >= nodes)
            return;
        var capacity = Math.Max(ImpactScan.Stride, (int)BitOperations.RoundUpToPowerOf2((uint)nodes));
        Array.Resize(ref _costs, capacity);
        Array.Resize(ref _growths, capacity);
        _costs.AsSpan(known).Fill(NoWay);
    }
}
