using System.Numerics;

namespace Pipeline.Scheduling.Model;

/// <summary>
/// Hands out slot numbers, the lowest free one first, so that the same commands give the same slots. Four levels of 64-way
/// bitmaps: a freed slot is found in four steps however many there are.
/// </summary>
internal sealed class SlotSet
{
    /// <summary>Slots that four levels of 64 can tell apart.</summary>
    public const int MaxSlots = 1 << 24;

    private readonly ulong[][] _levels = [new ulong[1], new ulong[1], new ulong[1], new ulong[1]];

    /// <summary>One more than the highest slot ever used.</summary>
    public int End { get; private set; }

    /// <summary>The slot that <see cref="Take"/> would give, or -1 when all <see cref="MaxSlots"/> are in use.</summary>
    public int Lowest()
    {
        if (_levels[3][0] == 0)
            return End < MaxSlots ? End : -1;
        var slot = 0;
        for (var level = 3; level >= 0; level--)
            slot = (slot << 6) + BitOperations.TrailingZeroCount(_levels[level][slot]);
        return slot;
    }

    public int Take()
    {
        var slot = Lowest();
        if (slot == End)
            Extend(slot + 1);
        else if (slot >= 0)
            Clear(slot);
        return slot;
    }

    public void Free(int slot)
    {
        for (var level = 0; level < 4; level++, slot >>= 6)
            _levels[level][slot >> 6] |= 1UL << slot;
    }

    /// <summary>Makes a chosen slot used; slots below it that never were become free.</summary>
    public void TakeAt(int slot)
    {
        var first = End;
        if (slot < first)
        {
            Clear(slot);
            return;
        }
        Extend(slot + 1);
        for (var free = first; free < slot; free++)
            Free(free);
    }

    private void Clear(int slot)
    {
        for (var level = 0; level < 4; level++, slot >>= 6)
        {
            ref var word = ref _levels[level][slot >> 6];
            word &= ~(1UL << slot);
            if (word != 0)
                return;
        }
    }

    private void Extend(int end)
    {
        End = end;
        var words = end;
        foreach (ref var level in _levels.AsSpan())
        {
            words = (words + 63) >> 6;
            if (words > level.Length)
                Array.Resize(ref level, (int)BitOperations.RoundUpToPowerOf2((uint)words));
        }
    }
}
