using System.Numerics;

namespace Pipeline.Scheduling.Model;

/// <summary>Machine groups by index, as bits.</summary>
public readonly record struct GroupSet(ulong Bits)
{
    public static GroupSet Any { get; } = new(ulong.MaxValue);

    public static GroupSet None => default;

    public bool IsAny => Bits == ulong.MaxValue;

    public bool IsEmpty => Bits == 0;

    /// <summary>Exactly one group.</summary>
    public bool IsOne => BitOperations.IsPow2(Bits);

    /// <summary>The lowest index of the set, which is not empty.</summary>
    public int First => BitOperations.TrailingZeroCount(Bits);

    /// <summary>The highest index of the set, which is not empty.</summary>
    public int Last => 63 - BitOperations.LeadingZeroCount(Bits);

    /// <param name="groups">Machine group indices in any order; <see cref="NodeTable.NoGroup"/> is in no set.</param>
    public static GroupSet Of(params ReadOnlySpan<int> groups)
    {
        var bits = 0UL;
        foreach (var group in groups)
            bits |= BitOf(group);
        return new GroupSet(bits);
    }

    /// <param name="group">Machine group index; negative: any.</param>
    public static GroupSet OfOrAny(int group) => group < 0 ? Any : Of(group);

    public bool Contains(int group) => (Bits & BitOf(group)) != 0;

    public GroupSet Without(int group) => new(Bits & ~BitOf(group));

    public GroupSet With(int group) => new(Bits | BitOf(group));

    // Shifted by 64 it would be that of the first.
    private static ulong BitOf(int group) => group == NodeTable.NoGroup ? 0 : 1UL << group;
}
