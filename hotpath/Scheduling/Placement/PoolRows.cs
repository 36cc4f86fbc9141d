namespace Pipeline.Scheduling.Placement;

/// <summary>The rows of a pool by position, and whose they are.</summary>
internal sealed class PoolRows
{
    private const int SmallestSize = 64;

    public PoolRow[] Row = [];

    /// <summary>Node index.</summary>
    public int[] Node = [];

    public PoolRows() => Resize(SmallestSize);

    public int Capacity => Row.Length;

    /// <param name="capacity">A multiple of <see cref="RowScan.Stride"/>.</param>
    public void Resize(int capacity)
    {
        Array.Resize(ref Row, capacity);
        Array.Resize(ref Node, capacity);
    }

    public void Move(int from, int to, int count)
    {
        Array.Copy(Row, from, Row, to, count);
        Array.Copy(Node, from, Node, to, count);
    }
}
