using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Pipeline.Scheduling.Commands;

/// <summary>Reads what <see cref="CommandWriter"/> wrote. Throws <see cref="InvalidDataException"/> where the bytes end too early.</summary>
public ref struct CommandReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Of 64 bits.</summary>
    public const int MaxVarintBytes = 10;

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() != 0;

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 7 * MaxVarintBytes; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new InvalidDataException($"A journaled number takes more than {MaxVarintBytes} bytes.");
    }

    /// <summary>A number of 32 bits as <see cref="Varint"/>.</summary>
    public int Varint32()
    {
        var value = Varint();
        return value <= uint.MaxValue ? (int)(uint)value : throw new InvalidDataException($"A journaled number of 32 bits is {value}.");
    }

    public string ShortString() => Encoding.UTF8.GetString(Take(Varint32()));

    public string String()
    {
        var count = Int32();
        return count == 0 ? "" : Encoding.UTF8.GetString(Take(count));
    }

    /// <summary>Items behind their 32-bit count.</summary>
    /// <param name="least">Bytes that an item takes at least. A damaged count must not make room for more items than the bytes left can hold.</param>
    internal ImmutableArray<T> List<T>(ItemReader<T> read, int least = 1)
    {
        var count = Int32();
        if (count < 0 || count > Remaining / least)
            throw new InvalidDataException($"A journaled list claims {count} items in {Remaining} bytes.");
        var items = ImmutableArray.CreateBuilder<T>(count);
        for (var i = 0; i < count; i++)
            items.Add(read(ref this));
        return items.MoveToImmutable();
    }

    /// <summary>The bytes of texts behind their 32-bit count, and those of the count.</summary>
    internal ReadOnlySpan<byte> Strings()
    {
        var all = _rest;
        var count = Int32();
        if (count < 0)
            throw new InvalidDataException($"A journaled list claims {count} texts.");
        for (; count > 0; count--)
            Take(Int32());
        return all[..^_rest.Length];
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
            throw new InvalidDataException($"A journaled command ends {count - _rest.Length} bytes too early.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

internal delegate T ItemReader<out T>(ref CommandReader reader);
