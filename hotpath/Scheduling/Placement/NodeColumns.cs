namespace Pipeline.Scheduling.Placement;

/// <summary>What a pool knows of each position, as columns that a vector scan can read.</summary>
internal sealed class NodeColumns
{
    /// <summary>No node has this position.</summary>
    public const byte Hole = 0;

    /// <summary>The node is not in scheduling.</summary>
    public const byte Out = 1;

    /// <summary>Plus the number of free whole GPUs.</summary>
    public const byte NoFreeGpu = 2;

    public byte[] State = [];
    public int[] Cpu = [];
    public int[] Memory = [];
    public ushort[] Share = [];
    public ushort[] WholeClass = [];

    /// <summary>Node index.</summary>
    public int[] Node = [];

    public NodeColumns() => Resize(ColumnScan.Stride * 2);

    public int Capacity => State.Length;

    public Headroom RoomAt(int position) => new(Cpu[position], Memory[position], Share[position]);

    public void Put(int position, in Standing standing)
    {
        State[position] = (byte)(NoFreeGpu + standing.Free);
        Cpu[position] = standing.Room.Cpu;
        Memory[position] = standing.Room.Memory;
        Share[position] = (ushort)standing.Room.Share;
        WholeClass[position] = standing.WholeClass;
    }

    /// <summary>The class among those of GPUs in part used.</summary>
    public ushort PartClassAt(int position) => NodeClass.OfPart(Share[position], WholeClass[position]);

    /// <summary>How much a wish likes the position, the best the lowest.</summary>
    public int RankAt(int position, in Wish wish) => wish.RankOf(wish.IsPart ? PartClassAt(position) : WholeClass[position]);

    public void Resize(int capacity)
    {
        Array.Resize(ref State, capacity);
        Array.Resize(ref Cpu, capacity);
        Array.Resize(ref Memory, capacity);
        Array.Resize(ref Share, capacity);
        Array.Resize(ref WholeClass, capacity);
        Array.Resize(ref Node, capacity);
    }

    public void Move(int from, int to, int count)
    {
        Array.Copy(State, from, State, to, count);
        Array.Copy(Cpu, from, Cpu, to, count);
        Array.Copy(Memory, from, Memory, to, count);
        Array.Copy(Share, from, Share, to, count);
        Array.Copy(WholeClass, from, WholeClass, to, count);
        Array.Copy(Node, from, Node, to, count);
    }
}
