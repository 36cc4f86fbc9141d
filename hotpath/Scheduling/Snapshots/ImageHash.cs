using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>FNV-1a (64 bit) over the parts in the order of their keys.</summary>
internal static class ImageHash
{
    private const ulong Offset = 0xCBF2_9CE4_8422_2325;
    private const ulong Prime = 0x0000_0100_0000_01B3;

    public static ulong Of(IEnumerable<ImagePart> parts)
    {
        var hash = Offset;
        var buffer = new byte[4096];
        foreach (var part in parts.OrderBy(p => p.Key))
        {
            var writer = new CommandWriter(buffer);
            writer.UInt64(part.Key);
            part.Write(ref writer);
            foreach (var value in writer.Written)
                hash = (hash ^ value) * Prime;
            buffer = writer.Buffer;
        }
        return hash;
    }
}
