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

    /// <param name="groups">Machine group indices, 0 to 63, in any order.</param>
    public static GroupSet Of(params ReadOnlySpan<int> groups)
    {
        var bits = 0UL;
        foreach (var group in groups)
            bits |= 1UL << group;
        return new GroupSet(bits);
    }

    /// <param name="group">Machine group index; negative: any.</param>
    public static GroupSet OfOrAny(int group) => group < 0 ? Any : Of(group);

    public bool Contains(int group) => (Bits >> group & 1) != 0;

    public GroupSet Without(int group) => new(Bits & ~(1UL << group));

    public GroupSet With(int group) => new(Bits | 1UL << group);
}
