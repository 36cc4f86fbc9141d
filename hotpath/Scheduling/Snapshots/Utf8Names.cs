using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// Node index by the UTF-8 of its name, in open addressing. Whoever filters nodes names thousands of them in one request, so all that a
/// lookup reads lies in two arrays, and nothing is converted.
/// </summary>
internal sealed class Utf8Names
{
    // A name is a DNS subdomain (RFC 1123), which Kubernetes holds to 253 characters; longer ones take a block of their own.
    private const int UsualBytes = 256;

    private readonly byte[] _text;
    private readonly Slot[] _slots;

    public Utf8Names(IReadOnlyCollection<(string Name, int Node)> nodes)
    {
        // At most half full, so that a name that is no node's soon meets a free slot.
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, 2 * nodes.Count))];
        _text = new byte[nodes.Sum(node => Encoding.UTF8.GetByteCount(node.Name))];
        var start = 0;
        foreach (var (name, node) in nodes)
        {
            var length = Encoding.UTF8.GetBytes(name, _text.AsSpan(start));
            var hash = HashOf(_text.AsSpan(start, length));
            var at = hash & Mask;
            while (_slots[at].Length > 0)
                at = (at + 1) & Mask;
            _slots[at] = new Slot(hash, start, length, node);
            start += length;
        }
    }

    private uint Mask => (uint)_slots.Length - 1;

    public bool TryFind(ReadOnlySpan<char> name, out int node)
    {
        Span<byte> usual = stackalloc byte[UsualBytes];
        var room = Encoding.UTF8.GetByteCount(name) is > UsualBytes and var bytes ? new byte[bytes] : usual;
        return TryFind(room[..Encoding.UTF8.GetBytes(name, room)], out node);
    }

    public bool TryFind(ReadOnlySpan<byte> name, out int node)
    {
        var hash = HashOf(name);
        for (var at = hash & Mask; _slots[at] is { Length: > 0 } slot; at = (at + 1) & Mask)
        {
            if (slot.Hash != hash || !name.SequenceEqual(_text.AsSpan(slot.Start, slot.Length)))
                continue;
            node = slot.Node;
            return true;
        }

        node = -1;
        return false;
    }

    // Names differ in a digit or two: the finalizer of MurmurHash3 spreads each bit over all.
    private static uint HashOf(ReadOnlySpan<byte> name)
    {
        const ulong Odd = 0x9E37_79B9_7F4A_7C15;
        var hash = (ulong)name.Length;
        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
            hash = BitOperations.RotateLeft(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name), 29) * Odd;
        ulong rest = 0;
        foreach (var letter in name)
            rest = rest << 8 | letter;
        hash = (hash ^ rest) * Odd;
        hash = (hash ^ hash >> 33) * 0xFF51_AFD7_ED55_8CCD;
        return (uint)(hash ^ hash >> 33);
    }

    /// <param name="Length">Bytes of the name; 0: free.</param>
    private readonly record struct Slot(uint Hash, int Start, int Length, int Node);
}
