using Microsoft.Extensions.Logging;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

/// <summary>Brings the files into the state that the verdict asks for: only what will be continued is left behind.</summary>
internal static class LogFiles
{
    public static void Prepare(LogStart start)
    {
        var files = start.Scan.Files;
        Directory.CreateDirectory(files.Directory);
        DiskSync.Directory(Path.GetDirectoryName(Path.GetFullPath(files.Directory))!);
        if (!start.Verdict.ContinuesLog)
        {
            Discard(start, start.Scan.Segments);
            return;
        }
        if (start.Scan.HasRemains)
            ReportCut(start);
        var tail = start.Scan.TailAddress;
        var geometry = start.Scan.Geometry;
        var tailSegment = geometry.SegmentOf(tail - 1);
        Discard(start, start.Scan.Segments.Where(s => s > tailSegment));
        if (start.Scan.HasRemains)
        {
            start.Damaged?.Copy(files.PathOf(tailSegment));
            files.Cut(tailSegment, tail - (tailSegment << geometry.SegmentBits), geometry.SegmentBytes);
        }
    }

    private static void Discard(LogStart start, IEnumerable<long> segments)
    {
        if (start.Damaged == null)
        {
            start.Scan.Files.Delete(segments);
            return;
        }
        foreach (var segment in segments)
            start.Damaged.Move(start.Scan.Files.PathOf(segment));
    }

    private static void ReportCut(LogStart start) => start.Options.Logger.LogWarning(
        "The journal ends with an unfinished write behind sequence {Last} in {Place}; it was never acknowledged and is cut off",
        start.Scan.Last, start.Scan.TailPlace);
}
