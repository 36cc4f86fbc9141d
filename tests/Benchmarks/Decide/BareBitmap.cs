using System.Numerics;

namespace Pipeline.Benchmarks.Decide;

/// <summary>A bitmap of three levels of 64: the plainest index of nodes there is.</summary>
internal sealed class BareBitmap(int capacity)
{
    private readonly ulong[] _nodes = new ulong[(capacity + 63) / 64];
    private readonly ulong[] _blocks = new ulong[(capacity + 4095) / 4096];
    private ulong _spans;

    public void Add(int node)
    {
        _nodes[node >> 6] |= 1UL << node;
        _blocks[node >> 12] |= 1UL << (node >> 6);
        _spans |= 1UL << (node >> 12);
    }

    public void Remove(int node)
    {
        if ((_nodes[node >> 6] &= ~(1UL << node)) == 0 && (_blocks[node >> 12] &= ~(1UL << (node >> 6))) == 0)
            _spans &= ~(1UL << (node >> 12));
    }

    /// <summary>The lowest node, or -1.</summary>
    public int First()
    {
        if (_spans == 0)
            return -1;
        var span = BitOperations.TrailingZeroCount(_spans);
        var block = (span << 6) + BitOperations.TrailingZeroCount(_blocks[span]);
        return (block << 6) + BitOperations.TrailingZeroCount(_nodes[block]);
    }
}
