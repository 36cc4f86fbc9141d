using Microsoft.Extensions.Logging;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Recovery;

namespace Pipeline.Journal.Log;

/// <summary>Brings the files into the state that the verdict asks for: only what will be continued is left behind.</summary>
internal static class LogFiles
{
    public static void Prepare(DurableLogOptions options, LogScan scan, Verdict verdict, DamagedFiles? damaged)
    {
        var files = scan.Files;
        Directory.CreateDirectory(files.Directory);
        DiskSync.Directory(Path.GetDirectoryName(Path.GetFullPath(files.Directory))!);
        if (!verdict.ContinuesLog)
        {
            Discard(files, scan.Segments, damaged);
            return;
        }
        foreach (var place in scan.Skipped)
            options.Logger.LogWarning("Damaged journal entries in {Place} are skipped; the checkpoint covers them", place);
        var tail = scan.TailAddress;
        var geometry = scan.Geometry;
        var tailSegment = geometry.SegmentOf(tail - 1);
        Discard(files, scan.Segments.Where(s => s > tailSegment), damaged);
        // A process that was killed between write and sync left entries that so far only the system's memory holds. They count as committed.
        // Those that were acknowledged before were synced.
        var known = damaged == null ? geometry.SegmentOf(new LogMarks(scan.Marks, geometry).AddressFor(verdict.HighestUsed + 1)) : 0;
        files.Sync(scan.Segments.Where(s => s >= known && s <= tailSegment));
        if (!scan.HasRemains)
            return;
        options.Logger.LogWarning(
            "The journal is cut behind sequence {Last} in {Place}; acknowledged entries lost by it: {Lost}",
            scan.Last, scan.TailPlace, verdict.Lost.Count == 0 ? "none" : string.Join(", ", verdict.Lost));
        damaged?.Copy(files.PathOf(tailSegment));
        files.Cut(tailSegment, tail - (tailSegment << geometry.SegmentBits), geometry.SegmentBytes);
    }

    private static void Discard(SegmentFiles files, IEnumerable<long> segments, DamagedFiles? damaged)
    {
        if (damaged == null)
        {
            files.Delete(segments);
            return;
        }
        foreach (var segment in segments)
            damaged.Move(files.PathOf(segment));
    }
}
