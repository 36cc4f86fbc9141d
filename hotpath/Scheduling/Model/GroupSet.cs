using System.Numerics;

namespace Pipeline.Scheduling.Model;

/// <summary>Machine groups by index, as bits.</summary>
public readonly record struct GroupSet(ulong Bits)
{
    public static GroupSet Any { get; } = new(ulong.MaxValue);

    public static GroupSet None => default;

    public bool IsAny => Bits == ulong.MaxValue;

    public bool IsEmpty => Bits == 0;

    /// <summary>The lowest index of the set, which is not empty.</summary>
    public int First => BitOperations.TrailingZeroCount(Bits);

    public static GroupSet Of(int group) => new(1UL << group);

    /// <param name="group">Machine group index; negative: any.</param>
    public static GroupSet OfOrAny(int group) => group < 0 ? Any : Of(group);

    public bool Contains(int group) => (Bits >> group & 1) != 0;

    public GroupSet Without(int group) => new(Bits & ~(1UL << group));

    public GroupSet With(int group) => new(Bits | 1UL << group);
}
