using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

/// <summary>
/// Payload of a frame of entries: how many there are (4), then each of them behind its length (4). Little-endian. The header of a frame is as
/// large as a usual entry, and to have FASTER take one costs as much as to decide, so many share them.
/// </summary>
internal static class FrameEntries
{
    public const int CountBytes = sizeof(int);

    public const int LengthBytes = sizeof(int);

    /// <summary>Writes an entry at the beginning of the room for it.</summary>
    public static void Write(Span<byte> room, ReadOnlySpan<byte> entry)
    {
        BinaryPrimitives.WriteInt32LittleEndian(room, entry.Length);
        entry.CopyTo(room[LengthBytes..]);
    }

    public static void WriteCount(Span<byte> payload, int count) => BinaryPrimitives.WriteInt32LittleEndian(payload, count);

    public static int Count(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt32LittleEndian(payload);

    /// <returns>False: the payload does not hold what it says.</returns>
    public static bool TryCount(ReadOnlySpan<byte> payload, out int count)
    {
        count = payload.Length < CountBytes ? 0 : Count(payload);
        if (count <= 0)
            return false;
        var found = 0;
        var rest = In(payload);
        while (TryTake(ref rest, out _))
            found++;
        return found == count && rest.IsEmpty;
    }

    /// <summary>The entries of a payload, for <see cref="TryTake"/>.</summary>
    public static ReadOnlySpan<byte> In(ReadOnlySpan<byte> payload) => payload[CountBytes..];

    public static bool TryTake(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> entry)
    {
        entry = default;
        if (rest.Length < LengthBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if ((uint)length > (uint)(rest.Length - LengthBytes))
            return false;
        entry = rest.Slice(LengthBytes, length);
        rest = rest[(LengthBytes + length)..];
        return true;
    }
}
