using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Scheduling.Commands;

/// <summary>Appends little-endian fields to a buffer that grows; used by one thread.</summary>
public ref struct CommandWriter(byte[] buffer)
{
    private byte[] _buffer = buffer;
    private int _length;

    /// <summary>The buffer in use, larger than the one given when that was too small.</summary>
    public readonly byte[] Buffer => _buffer;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Byte(byte value) => Take(1)[0] = value;

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    /// <summary>Seven bits a byte, the lowest first; all bytes but the last have their highest bit set (LEB128). Small numbers take one byte.</summary>
    public void Varint(ulong value)
    {
        var span = Take(CommandReader.MaxVarintBytes);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
            span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        _length -= span.Length - count;
    }

    /// <summary>UTF-8 behind its byte count as <see cref="Varint"/>.</summary>
    public void ShortString(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)bytes);
        Encoding.UTF8.GetBytes(value, Take(bytes));
    }

    /// <summary>UTF-8 behind a 32-bit byte count.</summary>
    public void String(string value)
    {
        // Many are empty.
        if (value.Length == 0)
        {
            Int32(0);
            return;
        }

        var bytes = Encoding.UTF8.GetByteCount(value);
        Int32(bytes);
        Encoding.UTF8.GetBytes(value, Take(bytes));
    }

    /// <summary>What another writer wrote.</summary>
    public void Raw(ReadOnlySpan<byte> written) => written.CopyTo(Take(written.Length));

    private Span<byte> Take(int count)
    {
        if (_length + count > _buffer.Length)
            Grow(count);
        var span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }

    private void Grow(int count) => Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
}
