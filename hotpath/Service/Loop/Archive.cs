using System.Buffers.Binary;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Ended runs and alert records stay readable in the record store after the engine has forgotten them: each is kept a second
/// time under a key that no checkpoint deletes.
/// </summary>
internal static class Archive
{
    /// <summary>Top bytes of the archive's keys; never one of <see cref="ImageTable"/>.</summary>
    private const byte RunTable = 0x41;

    private const byte AlertTable = 0x42;

    /// <summary>Where the checkpoint keeps its time, which the image does not hold.</summary>
    public const ulong ClockKey = 0x43UL << 56;

    /// <summary>Where the part is archived, or null when it is not.</summary>
    public static ulong? CopyOf(ulong key) => ImagePart.TableOf(key) switch
    {
        ImageTable.EndedRun => KeyOf(RunTable, ImagePart.IndexOf(key)),
        ImageTable.AlertRecord => KeyOf(AlertTable, ImagePart.IndexOf(key)),
        _ => null,
    };

    public static ulong RunKey(long number) => KeyOf(RunTable, number);

    public static ulong AlertKey(long number) => KeyOf(AlertTable, number);

    /// <param name="at">Time of the checkpoint's last command, Unix milliseconds.</param>
    public static KeyValuePair<ulong, ReadOnlyMemory<byte>> Clock(long at)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, at);
        return new(ClockKey, bytes);
    }

    public static long ReadClock(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);

    /// <summary>True for keys of the checkpoint image, false for the archive's.</summary>
    public static bool IsImage(ulong key) => (key >> 56) < RunTable;

    private static ulong KeyOf(byte table, long index) => ((ulong)table << 56) | (ulong)index;
}
