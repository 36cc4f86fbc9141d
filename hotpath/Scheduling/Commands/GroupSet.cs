using System.Runtime.CompilerServices;

namespace Pipeline.Scheduling.Commands;

/// <summary>The machine groups that a workload accepts, as indices, ascending and without repetition; none means any group.</summary>
public readonly struct GroupSet : IEquatable<GroupSet>
{
    /// <summary>Alternatives that one request can name; clusters have about as many GPU models.</summary>
    public const int Max = 8;

    private readonly Slots _slots;
    private readonly int _count;

    private GroupSet(ReadOnlySpan<int> ascending)
    {
        foreach (var group in ascending)
        {
            if (_count == 0 || _slots[_count - 1] != group)
                _slots[_count++] = group;
        }
    }

    public static GroupSet Any => default;

    /// <summary>0: any group.</summary>
    public int Count => _count;

    public int this[int index] => _slots[index];

    /// <param name="groups">Group indices in any order, up to <see cref="Max"/>.</param>
    /// <exception cref="ArgumentException">More than <see cref="Max"/>.</exception>
    public static GroupSet Of(params ReadOnlySpan<int> groups)
    {
        if (groups.Length > Max)
            throw new ArgumentException($"{groups.Length} machine groups are more than {Max}.", nameof(groups));
        Span<int> sorted = stackalloc int[groups.Length];
        groups.CopyTo(sorted);
        sorted.Sort();
        return new GroupSet(sorted);
    }

    /// <param name="group">A group index, or -1 for any group.</param>
    public static GroupSet OneOrAny(int group) => group == -1 ? Any : Of(group);

    public bool Contains(int group)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_slots[i] == group)
                return true;
        }
        return false;
    }

    public bool Equals(GroupSet other)
    {
        ReadOnlySpan<int> mine = _slots, others = other._slots;
        return _count == other._count && mine.SequenceEqual(others);
    }

    public override bool Equals(object? obj) => obj is GroupSet other && Equals(other);

    public override int GetHashCode() => (_slots[0] * 31 + _slots[1]) * 31 + _count;

    internal void Write(ref CommandWriter writer)
    {
        writer.Byte((byte)_count);
        for (var i = 0; i < _count; i++)
            writer.Int32(_slots[i]);
    }

    /// <exception cref="InvalidDataException">Too many groups.</exception>
    internal static GroupSet Read(ref CommandReader reader)
    {
        int count = reader.Byte();
        if (count > Max)
            throw new InvalidDataException($"A journaled command names {count} machine groups; {Max} are the most.");
        Span<int> groups = stackalloc int[Max];
        for (var i = 0; i < count; i++)
            groups[i] = reader.Int32();
        return Of(groups[..count]);
    }

    [InlineArray(Max)]
    private struct Slots
    {
        private int _first;
    }
}
