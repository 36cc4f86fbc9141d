namespace Pipeline.Scheduling.Placement;

/// <summary>The headroom of every position of a pool, as columns that a vector scan can read.</summary>
/// <param name="State">0: no node; 1: not in scheduling; 2 + n: n free whole GPUs.</param>
internal readonly record struct HeadroomColumns(byte[] State, int[] Cpu, int[] Memory, ushort[] Share)
{
    public const byte Hole = 0;
    public const byte Out = 1;
    public const byte NoFreeGpu = 2;

    public Headroom this[int position] => new(Cpu[position], Memory[position], Share[position]);
}
