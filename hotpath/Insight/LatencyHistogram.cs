using System.Numerics;

namespace Pipeline.Insight;

/// <summary>
/// Counts of latencies in nanoseconds, to three significant digits: 1,024 linear buckets in every power of two, after Gil Tene's
/// HdrHistogram. Recording allocates nothing. Not safe for two threads; give each its own and merge.
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>Nanoseconds (18 minutes); longer ones are counted as this.</summary>
    public const long Longest = (1L << 40) - 1;

    private const int HalfBits = 10;

    private readonly long[] _counts = new long[IndexOf(Longest) + 1];
    private long _max;
    private long _min = long.MaxValue;
    private double _sum;

    /// <summary>Latencies recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Nanoseconds, exact; 0 when nothing was recorded.</summary>
    public long Max => _max;

    /// <summary>Nanoseconds, exact; 0 when nothing was recorded.</summary>
    public long Min => Count == 0 ? 0 : _min;

    /// <summary>Nanoseconds, exact; 0 when nothing was recorded.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <param name="nanoseconds">A negative one counts as 0.</param>
    public void Record(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, Longest);
        _counts[IndexOf(value)]++;
        Count++;
        _sum += value;
        _max = Math.Max(_max, value);
        _min = Math.Min(_min, value);
    }

    /// <summary>Adds what another one counted.</summary>
    public void Merge(LatencyHistogram other)
    {
        for (var bucket = 0; bucket < _counts.Length; bucket++)
            _counts[bucket] += other._counts[bucket];
        Count += other.Count;
        _sum += other._sum;
        _max = Math.Max(_max, other._max);
        _min = Math.Min(_min, other._min);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        (Count, _sum, _max, _min) = (0, 0, 0, long.MaxValue);
    }

    /// <summary>The latency that <paramref name="percent"/> of those recorded do not exceed: the upper end of its bucket, in nanoseconds; 0 when nothing was recorded.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="percent"/> is not between 0 and 100.</exception>
    public long Percentile(double percent)
    {
        if (!(percent is >= 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "A percentile is between 0 and 100.");
        if (Count == 0)
            return 0;
        var rank = Math.Max(1, (long)Math.Ceiling(percent / 100 * Count));
        var bucket = 0;
        for (var seen = _counts[0]; seen < rank; seen += _counts[bucket])
            bucket++;
        return Math.Min(_max, UpperEndOf(bucket));
    }

    // Below 2,048 a bucket is 1 ns wide; above, the top eleven bits of the value tell buckets apart.
    private static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - HalfBits);
        return (shift << HalfBits) + (int)(value >> shift);
    }

    private static long UpperEndOf(int index)
    {
        var shift = Math.Max(0, (index >> HalfBits) - 1);
        var top = index - (shift << HalfBits);
        return ((long)(top + 1) << shift) - 1;
    }
}
