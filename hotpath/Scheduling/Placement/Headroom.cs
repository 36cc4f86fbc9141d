using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Placement;

/// <summary>What a node has free beside whole GPUs; of several nodes, the most that any of them has of each. One vector, so that a look is one comparison.</summary>
internal readonly struct Headroom
{
    private readonly Vector128<int> _lanes;

    /// <param name="cpu">Thousandths of a core.</param>
    /// <param name="memory">MiB.</param>
    /// <param name="share">Milli-GPU left on the least used of the GPUs in part used; 0 when there is none.</param>
    public Headroom(int cpu, int memory, int share) => _lanes = Vector128.Create(cpu, memory, share, 0);

    private Headroom(Vector128<int> lanes) => _lanes = lanes;

    /// <param name="lanes">The three amounts, and a fourth that is left out.</param>
    public static Headroom Of(Vector128<int> lanes) => new(lanes & Vector128.Create(-1, -1, -1, 0));

    public int Cpu => _lanes[0];

    public int Memory => _lanes[1];

    public int Share => _lanes[2];

    /// <summary>The three amounts, and a place for a fourth.</summary>
    public Vector128<int> Lanes => _lanes;

    public bool Covers(in Headroom need) => !Vector128.GreaterThanAny(need._lanes, _lanes);

    public Headroom Or(in Headroom other) => new(Vector128.Max(_lanes, other._lanes));
}
