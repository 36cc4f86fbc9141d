namespace Pipeline.Journal.Store;

/// <summary>Sums over the live records, independent of their order, kept while writing and compared after reading.</summary>
internal readonly record struct RecordTotals(long Count, long Bytes, ulong Digest)
{
    public RecordTotals Add(ulong key, ReadOnlySpan<byte> value) => new(Count + 1, Bytes + value.Length, Digest ^ Mix(key, value));

    public RecordTotals Remove(ulong key, ReadOnlySpan<byte> value) => new(Count - 1, Bytes - value.Length, Digest ^ Mix(key, value));

    private static ulong Mix(ulong key, ReadOnlySpan<byte> value)
    {
        var mixed = (key * 0x9E3779B97F4A7C15UL) ^ ((ulong)RecordCodec.Checksum(key, value) << 32) ^ (uint)value.Length;
        mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9UL;
        return mixed ^ (mixed >> 32);
    }
}
