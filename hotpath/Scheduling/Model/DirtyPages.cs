using System.Numerics;

namespace Pipeline.Scheduling.Model;

/// <summary>Pages of a table that changed since the last snapshot.</summary>
internal sealed class DirtyPages(int rowsPerPage)
{
    private readonly int _shift = BitOperations.Log2((uint)rowsPerPage);
    private ulong[] _bits = new ulong[1];

    public void Mark(int row)
    {
        var page = row >> _shift;
        if (page >> 6 >= _bits.Length)
            Array.Resize(ref _bits, Math.Max(_bits.Length * 2, (page >> 6) + 1));
        _bits[page >> 6] |= 1UL << page;
    }

    /// <summary>The lowest dirty page, which is clean from now on, or -1. Pass the last answer (at first 0) as <paramref name="from"/>.</summary>
    public int Next(int from)
    {
        for (var word = from >> 6; word < _bits.Length; word++)
        {
            if (_bits[word] == 0)
                continue;
            var page = (word << 6) + BitOperations.TrailingZeroCount(_bits[word]);
            _bits[word] &= _bits[word] - 1;
            return page;
        }
        return -1;
    }
}
