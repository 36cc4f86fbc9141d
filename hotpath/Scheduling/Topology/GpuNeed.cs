using System.Numerics;
using System.Runtime.CompilerServices;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Topology;

/// <summary>Members of a gang that ask for the same number of GPUs.</summary>
/// <param name="Gpus">Whole GPUs of each, 0 to <see cref="NodeTable.MaxGpus"/>.</param>
/// <param name="Members">0 to <see cref="GpuNeed.MaxMembers"/>.</param>
public readonly record struct MemberDemand(int Gpus, int Members);

/// <summary>What a gang asks of a domain in whole GPUs: how many members want how many.</summary>
/// <remarks>
/// A member with j GPUs takes at least floor(j/k) of the places for k GPUs that its node has, so a domain can hold the gang only if
/// for each size k of the gang capacity(k) is at least the sum over the members of floor(j/k). Where each size divides the next
/// larger one (1, 2, 4, 8) a member takes exactly that many wherever it goes, so the condition is also sufficient. Other sizes can
/// satisfy it and still not fit (members of 2 and 3 on nodes with 1 and 4 free), so for those <see cref="GpuPacking"/> decides. What it
/// packs does fit; but it may miss another way (three members of 2 and one of 3 on nodes with 4 and 5 free), as the gang's own
/// placement, which goes the same way, would.
/// </remarks>
public readonly struct GpuNeed
{
    /// <summary>Members of a gang; sums of what they ask for fit 32 bits.</summary>
    public const int MaxMembers = 1_000_000;

    private readonly BySize _members;
    private readonly BySize _places;
    private readonly uint _sizes;

    /// <param name="demands">In any order; sizes may repeat.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the number of members is out of range, or there are no members.</exception>
    public GpuNeed(ReadOnlySpan<MemberDemand> demands)
    {
        var total = 0L;
        foreach (var (gpus, members) in demands)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)gpus, (uint)NodeTable.MaxGpus, nameof(MemberDemand.Gpus));
            ArgumentOutOfRangeException.ThrowIfNegative(members, nameof(MemberDemand.Members));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(total += members, MaxMembers, nameof(MemberDemand.Members));
            _members[gpus] += members;
            if (members > 0)
                _sizes |= 1u << gpus;
        }
        ArgumentOutOfRangeException.ThrowIfZero(total, nameof(MemberDemand.Members));
        for (var size = 1; size <= Largest; size++)
        {
            for (var larger = size; larger <= Largest; larger++)
                _places[size] += _members[larger] * (larger / size);
        }
        IsChain = SizesDivide();
    }

    /// <summary>GPUs of the largest member.</summary>
    public int Largest => BitOperations.Log2(_sizes | 1);

    /// <summary>Each size divides the next larger one, so that capacities alone say whether the gang fits.</summary>
    public bool IsChain { get; }

    /// <summary>Bit k: there are members with k GPUs.</summary>
    internal uint Sizes => _sizes;

    /// <summary>Members with exactly that many GPUs.</summary>
    public int Members(int gpus) => _members[gpus];

    /// <summary>Places for <paramref name="gpus"/> GPUs (1 or more) that the members take at least, all together.</summary>
    internal int Places(int gpus) => _places[gpus];

    private bool SizesDivide()
    {
        var smaller = 1;
        for (var rest = _sizes & ~1u; rest != 0; rest &= rest - 1)
        {
            var size = BitOperations.TrailingZeroCount(rest);
            if (size % smaller != 0)
                return false;
            smaller = size;
        }
        return true;
    }

    [InlineArray(NodeTable.MaxGpus + 1)]
    private struct BySize
    {
        private int _first;
    }
}
