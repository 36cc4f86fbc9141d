using System.Buffers.Binary;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Store;

/// <summary>
/// The one file whose replacement makes a checkpoint count: which generation of the store, FASTER's own metadata for it, the log
/// sequence it covers, and a digest of its live records.
/// </summary>
/// <param name="Sequence">Log sequence that the checkpoint covers.</param>
/// <param name="Generation">Number of the folder that holds the records.</param>
/// <param name="Totals">Count, bytes and digest of the live records.</param>
/// <param name="Token">FASTER's name of the checkpoint.</param>
/// <param name="Metadata">FASTER's description of it; empty for a store without records.</param>
internal sealed record CheckpointFile(long Sequence, long Generation, RecordTotals Totals, Guid Token, byte[] Metadata)
{
    private const uint Magic = 0x31504b43;
    private const int HeaderBytes = 64;

    public static string PathIn(string directory) => Path.Combine(directory, "checkpoint");

    public void Write(string directory, DiskGate gate)
    {
        var content = new byte[HeaderBytes + Metadata.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(content, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(8), Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(16), Generation);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(24), Totals.Count);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(32), Totals.Bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(40), Totals.Digest);
        Token.TryWriteBytes(content.AsSpan(48));
        Metadata.CopyTo(content, HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4), Crc32C.Append(Crc32C.Start, content.AsSpan(8)));
        AtomicFile.Replace(PathIn(directory), content, gate);
    }

    /// <summary>Null when there is none.</summary>
    /// <exception cref="InvalidDataException">There is one, and it is damaged.</exception>
    public static CheckpointFile? TryRead(string directory)
    {
        if (!File.Exists(PathIn(directory)))
            return null;
        var content = File.ReadAllBytes(PathIn(directory)).AsSpan();
        if (content.Length < HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(content) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(content[4..]) != Crc32C.Append(Crc32C.Start, content[8..]))
            throw new InvalidDataException($"'{PathIn(directory)}' fails its checksum.");
        return new CheckpointFile(
            BinaryPrimitives.ReadInt64LittleEndian(content[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(content[16..]),
            new RecordTotals(
                BinaryPrimitives.ReadInt64LittleEndian(content[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(content[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(content[40..])),
            new Guid(content[48..HeaderBytes]),
            content[HeaderBytes..].ToArray());
    }
}
