using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>What a search looks for, and in which order it likes the nodes that have it.</summary>
/// <param name="need">CPU and memory, and with a share its milli-GPU.</param>
/// <param name="free">Free whole GPUs; 0 for a share beside others.</param>
/// <param name="tilt">See <see cref="Stranding.Tilt"/>.</param>
/// <param name="candidates">The only nodes that will do; null: any.</param>
/// <param name="excluded">Node indices that will not do; a few.</param>
internal readonly ref struct Wish(Headroom need, int free, int tilt, NodeSet? candidates, ReadOnlySpan<int> excluded)
{
    private readonly NodeSet? _candidates = candidates;
    private readonly ReadOnlySpan<int> _excluded = excluded;

    public Headroom Need { get; } = need;

    public int Free { get; } = free;

    public int Tilt { get; } = tilt;

    /// <summary>Takes no GPU: it does no harm to a sought group.</summary>
    public bool GpuLess => Free == 0 && !IsPart;

    public bool IsPart => Need.Share > 0;

    /// <summary>The same for a share of one GPU, beside others.</summary>
    public Wish Beside(int milli) => new(new Headroom(Need.Cpu, Need.Memory, milli), 0, Tilt, _candidates, _excluded);

    /// <summary>The lowest level that can hold it.</summary>
    public int LeastLevel => NodeClass.LevelOf(IsPart ? NodeClass.PartStep(Need.Share) : Free);

    /// <summary>Levels looked through first, and then <see cref="LastLevels"/>, each from the lowest.</summary>
    public ulong FirstLevels => GpuLess ? ulong.MaxValue : NodeClass.Unsought;

    public ulong LastLevels => ~FirstLevels;

    public bool Accepts(int node) => (_candidates is null || _candidates.Contains(node)) && !_excluded.Contains(node);

    /// <summary>The order as a number, the best the lowest: what it strands, whether the group is sought, how little is free, how little CPU is left over.</summary>
    public int RankOf(ushort nodeClass)
    {
        var (level, stranding) = (NodeClass.LevelOfClass(nodeClass), NodeClass.StrandingOfClass(nodeClass));
        var order = GpuLess ? level : (level >> 1) + ((level & 1) << 5);
        return (Stranding.Cost(stranding, Tilt) << 12) | (order << 6) | (Stranding.Max - stranding);
    }
}
