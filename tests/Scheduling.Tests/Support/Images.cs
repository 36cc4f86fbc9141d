using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Tests.Support;

internal static class Images
{
    /// <summary>What a checkpoint holds of the parts.</summary>
    public static List<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Image(this IEnumerable<ImagePart> parts)
        => [.. parts.Select(part =>
        {
            // Less than most parts need, so that the writer has to grow.
            var writer = new CommandWriter(new byte[16]);
            part.Write(ref writer);
            return KeyValuePair.Create(part.Key, (ReadOnlyMemory<byte>)writer.Written.ToArray());
        })];
}
