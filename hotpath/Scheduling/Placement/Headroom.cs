namespace Pipeline.Scheduling.Placement;

/// <summary>What a node has free beside whole GPUs; of several nodes, the most that any of them has of each.</summary>
/// <param name="Cpu">Thousandths of a core.</param>
/// <param name="Memory">MiB.</param>
/// <param name="Share">Milli-GPU left on the least used of the GPUs in part used; 0 when there is none.</param>
internal readonly record struct Headroom(int Cpu, int Memory, int Share)
{
    public bool Covers(in Headroom need) => Cpu >= need.Cpu & Memory >= need.Memory & Share >= need.Share;

    public Headroom Or(in Headroom other)
        => new(Math.Max(Cpu, other.Cpu), Math.Max(Memory, other.Memory), Math.Max(Share, other.Share));
}
