using System.Numerics;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Model;

/// <summary>Node indices as a bitmap, which can be filled anew without garbage. Not for several threads.</summary>
public sealed class NodeSet
{
    // Clusters fill nodes from the lowest index and callers name most of them, so whole words are the rule.
    private const byte NoneOf64 = 0;
    private const byte AllOf64 = 1;
    private const byte SomeOf64 = 2;

    private ulong[] _words = [];
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            var sum = 0;
            foreach (var word in _words.AsSpan(0, _count))
                sum += BitOperations.PopCount(word);
            return sum;
        }
    }

    public bool Contains(int node) => (uint)(node >> 6) < (uint)_count && (_words[node >> 6] >> node & 1) != 0;

    /// <param name="node">0 to <see cref="NodeTable.MaxNodes"/>, which is excluded.</param>
    public void Add(int node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(node, NodeTable.MaxNodes);
        if (node >> 6 >= _count)
            Extend((node >> 6) + 1);
        _words[node >> 6] |= 1UL << node;
    }

    internal void Remove(int node)
    {
        if (Contains(node))
            _words[node >> 6] &= ~(1UL << node);
    }

    /// <summary>The nodes of both, in a new set.</summary>
    internal NodeSet With(NodeSet other)
    {
        var (small, both) = _count < other._count ? (this, other.Copy()) : (other, Copy());
        for (var word = 0; word < small._count; word++)
            both._words[word] |= small._words[word];
        return both;
    }

    internal NodeSet Copy() => new() { _words = _words[.._count], _count = _count };

    /// <summary>Both hold the same nodes, or both are null.</summary>
    internal static bool Same(NodeSet? one, NodeSet? other)
        => one is null || other is null ? one == other : one.InUse.SequenceEqual(other.InUse);

    public void Clear()
    {
        Array.Clear(_words, 0, _count);
        _count = 0;
    }

    internal void Write(ref CommandWriter writer)
    {
        writer.Int32(_count);
        foreach (var word in _words.AsSpan(0, _count))
        {
            writer.Byte(word == 0 ? NoneOf64 : word == ulong.MaxValue ? AllOf64 : SomeOf64);
            if (word is not (0 or ulong.MaxValue))
                writer.UInt64(word);
        }
    }

    internal static NodeSet Read(ref CommandReader reader)
    {
        var count = reader.Int32();
        if (count is < 0 or > NodeTable.MaxNodes / 64)
            throw new InvalidDataException($"A journaled set of nodes claims {count} words.");
        var nodes = new NodeSet();
        nodes.Extend(count);
        foreach (ref var word in nodes._words.AsSpan(0, count))
        {
            word = reader.Byte() switch
            {
                NoneOf64 => 0,
                AllOf64 => ulong.MaxValue,
                SomeOf64 => reader.UInt64(),
                var tag => throw new InvalidDataException($"A journaled set of nodes has the unknown tag {tag}."),
            };
        }
        return nodes;
    }

    // How many words are in use says nothing of the nodes.
    private ReadOnlySpan<ulong> InUse => _words.AsSpan(0, _count).TrimEnd(0UL);

    // What lies beyond the words in use is zero.
    private void Extend(int count)
    {
        if (count > _words.Length)
            Array.Resize(ref _words, (int)BitOperations.RoundUpToPowerOf2((uint)count));
        _count = count;
    }
}
