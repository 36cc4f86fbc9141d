using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

internal static class LogIds
{
    /// <summary>A random id that is never 0.</summary>
    public static ulong Next() => BinaryPrimitives.ReadUInt64LittleEndian(Guid.NewGuid().ToByteArray()) | 1;
}
