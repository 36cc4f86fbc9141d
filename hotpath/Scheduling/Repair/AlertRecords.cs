using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// The alert records in memory, by number. Immutable, and made for a storm: a sorted tree would copy its whole path for each alert, here the
/// next record goes into a block that the collections before it share and of which they do not see it. One thread adds, as one thread steps.
/// </summary>
public sealed class AlertRecords : IReadOnlyCollection<AlertRecord>
{
    // A record that stays when those around it are forgotten keeps its block.
    private const int BlockSize = 64;

    private readonly ImmutableSortedDictionary<long, Block> _blocks;
    private readonly long _last;

    private AlertRecords(ImmutableSortedDictionary<long, Block> blocks, long last, int count) => (_blocks, _last, Count) = (blocks, last, count);

    public static AlertRecords Empty { get; } = new(ImmutableSortedDictionary<long, Block>.Empty, 0, 0);

    public int Count { get; }

    /// <exception cref="KeyNotFoundException">It is not in memory.</exception>
    public AlertRecord this[long number] => TryGetValue(number, out var record) ? record : throw new KeyNotFoundException($"Alert record {number}");

    /// <exception cref="ArgumentException">Two have the same number.</exception>
    public static AlertRecords Of(IEnumerable<AlertRecord> records)
    {
        var all = Empty;
        foreach (var record in records.OrderBy(record => record.Number))
            all = all.Add(record);
        return all;
    }

    public bool TryGetValue(long number, [NotNullWhen(true)] out AlertRecord? record)
    {
        record = number > 0 && number <= _last ? _blocks.GetValueOrDefault(BlockOf(number))?.Rows[RowOf(number)] : null;
        return record is not null;
    }

    /// <param name="record">Its number is larger than all others that there are or were.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    public AlertRecords Add(AlertRecord record)
    {
        if (record.Number <= _last)
            throw new ArgumentException($"The record has the number {record.Number}, and the last has {_last}.", nameof(record));
        var (blocks, index, last, row) = (_blocks, BlockOf(record.Number), BlockOf(_last), RowOf(record.Number));
        // Rows that are left out are taken as well, or this collection would see what another puts there.
        var used = index == last ? row + 1 : BlockSize;
        // Somebody else may have them: another future of the same past.
        if (_blocks.TryGetValue(last, out var block) && !block.TryTake(UsedOf(last), used))
            blocks = blocks.SetItem(last, block = block.Copy(UsedOf(last), used));
        if (block is null || index != last)
            blocks = blocks.Add(index, block = new Block(row + 1));
        block.Rows[row] = record;
        return new AlertRecords(blocks, record.Number, Count + 1);
    }

    /// <summary>With another record in the place of the one with the same number.</summary>
    public AlertRecords Replace(AlertRecord record)
    {
        _ = this[record.Number];
        var block = CopyOf(BlockOf(record.Number));
        block.Rows[RowOf(record.Number)] = record;
        return new AlertRecords(_blocks.SetItem(BlockOf(record.Number), block), _last, Count);
    }

    /// <summary>Without the oldest, of which none is newer than <paramref name="through"/>. At least <paramref name="kept"/> stay, and those with the numbers in <paramref name="spared"/>.</summary>
    public AlertRecords Forget(long through, int kept, IReadOnlySet<long> spared)
    {
        var blocks = _blocks.ToBuilder();
        var count = Count;
        foreach (var index in _blocks.Keys)
        {
            if (count <= kept || index * BlockSize > through)
                break;
            var block = CopyOf(index);
            var before = count;
            foreach (ref var record in block.Rows.AsSpan())
            {
                if (record is null || count <= kept || record.Number > through || spared.Contains(record.Number))
                    continue;
                record = null;
                count--;
            }

            if (block.IsEmpty && index != BlockOf(_last))
                blocks.Remove(index);
            else if (count != before)
                blocks[index] = block;
        }

        return count == Count ? this : new AlertRecords(blocks.ToImmutable(), _last, count);
    }

    /// <summary>In the order of their numbers.</summary>
    public IEnumerator<AlertRecord> GetEnumerator()
    {
        foreach (var (index, block) in _blocks)
        {
            for (var row = 0; row < UsedOf(index); row++)
            {
                if (block.Rows[row] is { } record)
                    yield return record;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static long BlockOf(long number) => number / BlockSize;

    private static int RowOf(long number) => (int)(number % BlockSize);

    /// <summary>Rows of the block that belong to this collection.</summary>
    private int UsedOf(long index) => index == BlockOf(_last) ? RowOf(_last) + 1 : BlockSize;

    private Block CopyOf(long index) => _blocks[index].Copy(UsedOf(index), UsedOf(index));

    /// <param name="used">Rows from here on belong to nobody yet; those before it never change.</param>
    private sealed class Block(int used)
    {
        private int _used = used;

        public AlertRecord?[] Rows { get; } = new AlertRecord?[BlockSize];

        public bool IsEmpty => Rows.AsSpan().IndexOfAnyExcept((AlertRecord?)null) < 0;

        /// <returns>False: somebody else has them.</returns>
        public bool TryTake(int from, int to)
        {
            if (_used != from)
                return false;
            _used = to;
            return true;
        }

        /// <param name="rows">What is copied, from the first row on.</param>
        /// <param name="used">What the copy has in use.</param>
        public Block Copy(int rows, int used)
        {
            var copy = new Block(used);
            Rows.AsSpan(0, rows).CopyTo(copy.Rows);
            return copy;
        }
    }
}
