using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Store;

/// <summary>A stored value: CRC-32C of key and value (4 bytes), then the value. FASTER keeps no checksums of records.</summary>
internal static class RecordCodec
{
    public const int HeaderBytes = 4;

    public static uint Checksum(ulong key, ReadOnlySpan<byte> value) =>
        Crc32C.Append(Crc32C.Append(Crc32C.Start, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in key))), value);

    public static void Encode(ulong key, ReadOnlySpan<byte> value, Span<byte> stored)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(stored, Checksum(key, value));
        value.CopyTo(stored[HeaderBytes..]);
    }

    /// <exception cref="InvalidDataException">The bytes are not those that were stored.</exception>
    public static ReadOnlySpan<byte> Decode(ulong key, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(stored) != Checksum(key, stored[HeaderBytes..]))
            throw new InvalidDataException($"The record with key {key:x16} fails its checksum.");
        return stored[HeaderBytes..];
    }
}
