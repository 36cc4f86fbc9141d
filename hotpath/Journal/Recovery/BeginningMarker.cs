using System.Globalization;
using System.Text;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Recovery;

/// <summary>
/// Says outside of a data directory that it was begun. Journal, store and witness lie together, so a directory that is lost as a whole
/// (another volume, a wrong mount) would otherwise look like a first start.
/// </summary>
internal static class BeginningMarker
{
    /// <returns>The path when the file is there, otherwise null.</returns>
    public static string? Find(string? path) => File.Exists(path) ? path : null;

    /// <summary>Makes the file when it is not there.</summary>
    public static void Make(string? path, string directory, TimeProvider time)
    {
        if (path == null || File.Exists(path))
            return;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"The data in '{directory}' were begun by {time.GetUtcNow():u}. While this file is here, a start without them is refused.\n");
        AtomicFile.Replace(path, Encoding.UTF8.GetBytes(text));
    }
}
