using System.Numerics;

namespace Pipeline.Scheduling.Model;

/// <summary>
/// Workload id to slot: open addressing with linear probing and deletion by backward shift (Knuth, TAOCP 6.4, algorithm R),
/// so that neither adding nor removing allocates while the capacity lasts. Id 0 marks an empty place.
/// </summary>
internal sealed class WorkloadMap
{
    private const int SmallestSize = 512;
    private const int NeighbourBits = 2;
    private const ulong Neighbours = (1 << NeighbourBits) - 1;

    private Entry[] _entries = new Entry[SmallestSize];
    private int _shift = 64 - BitOperations.Log2(SmallestSize) + NeighbourBits;

    public int Count { get; private set; }

    public bool TryFind(ulong id, out int slot)
    {
        var entries = _entries;
        for (var at = Home(id); ; at = (at + 1) & (entries.Length - 1))
        {
            ref readonly var entry = ref entries[at];
            if (entry.Id == id)
            {
                slot = entry.Slot;
                return id != 0;
            }
            if (entry.Id == 0)
            {
                slot = -1;
                return false;
            }
        }
    }

    /// <summary>Adds an id that is not in the map.</summary>
    public void Add(ulong id, int slot)
    {
        // Beyond three quarters the probe runs of linear probing get long.
        if (Count >= _entries.Length / 4 * 3)
            Grow();
        Put(id, slot);
        Count++;
    }

    /// <summary>Removes an id that is in the map.</summary>
    public void Remove(ulong id)
    {
        var entries = _entries;
        var mask = entries.Length - 1;
        var hole = Home(id);
        while (entries[hole].Id != id)
            hole = (hole + 1) & mask;
        for (var at = (hole + 1) & mask; entries[at].Id != 0; at = (at + 1) & mask)
        {
            if (((at - Home(entries[at].Id)) & mask) < ((at - hole) & mask))
                continue;
            entries[hole] = entries[at];
            hole = at;
        }
        entries[hole] = default;
        Count--;
    }

    // Fibonacci hashing: callers choose ids, often in sequence, and the upper bits of the product spread those. It spreads them by fours, which
    // lie together: who places one workload after the other would wait for memory for each of them.
    private int Home(ulong id) => (int)(((id >> NeighbourBits) * 0x9E37_79B9_7F4A_7C15UL >> _shift << NeighbourBits) | (id & Neighbours));

    private void Put(ulong id, int slot)
    {
        var at = Home(id);
        while (_entries[at].Id != 0)
            at = (at + 1) & (_entries.Length - 1);
        _entries[at] = new Entry(id, slot);
    }

    private void Grow()
    {
        var old = _entries;
        _entries = new Entry[old.Length * 2];
        _shift--;
        foreach (var entry in old)
        {
            if (entry.Id != 0)
                Put(entry.Id, entry.Slot);
        }
    }

    private readonly record struct Entry(ulong Id, int Slot);
}
