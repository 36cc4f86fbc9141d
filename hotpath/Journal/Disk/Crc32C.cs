using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Journal.Disk;

/// <summary>CRC-32C (Castagnoli) by the processor's own instruction where there is one.</summary>
internal static class Crc32C
{
    public const uint Start = uint.MaxValue;

    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, word);
        // Byte by byte a rest of seven takes as long as seven words, and a loop over it is mispredicted by every other entry.
        var rest = bytes[(bytes.Length & ~7)..];
        if ((rest.Length & 4) != 0)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt32LittleEndian(rest));
            rest = rest[4..];
        }
        if ((rest.Length & 2) != 0)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt16LittleEndian(rest));
            rest = rest[2..];
        }
        return (rest.Length & 1) != 0 ? BitOperations.Crc32C(crc, rest[0]) : crc;
    }
}
