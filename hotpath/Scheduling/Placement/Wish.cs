using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>What a search looks for, and in which order it likes the nodes that have it.</summary>
internal readonly ref struct Wish
{
    public required Headroom Need { get; init; }

    /// <summary>Free whole GPUs; 0 for a share beside others.</summary>
    public int Free { get; init; }

    /// <summary>See <see cref="Stranding.Tilt"/>.</summary>
    public int Tilt { get; init; }

    /// <summary>Takes no GPU: it does no harm to a sought group.</summary>
    public bool GpuLess { get; init; }

    /// <summary>Node indices that will not do; a few.</summary>
    public ReadOnlySpan<int> Excluded { get; init; }

    /// <summary>The only nodes that will do; null: any.</summary>
    public NodeSet? Candidates { get; init; }

    public bool IsPart => Need.Share > 0;

    /// <summary>The lowest level that can hold it.</summary>
    public int LeastLevel => NodeClass.LevelOf(IsPart ? NodeClass.PartStep(Need.Share) : Free);

    /// <summary>Levels looked through first, and then <see cref="LastLevels"/>, each from the lowest.</summary>
    public ulong FirstLevels => GpuLess ? ulong.MaxValue : NodeClass.Unsought;

    public ulong LastLevels => ~FirstLevels;

    public bool Accepts(int node) => (Candidates is null || Candidates.Contains(node)) && !Excluded.Contains(node);

    /// <summary>The order as a number, the best the lowest: what it strands, whether the group is sought, how little is free, how little CPU is left over.</summary>
    public int RankOf(ushort nodeClass)
    {
        var (level, stranding) = (NodeClass.LevelOfClass(nodeClass), NodeClass.StrandingOfClass(nodeClass));
        var order = GpuLess ? level : (level >> 1) + ((level & 1) << 5);
        return (Stranding.Cost(stranding, Tilt) << 12) | (order << 6) | (Stranding.Max - stranding);
    }
}
