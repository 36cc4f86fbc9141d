using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

/// <summary>What the segment files really hold.</summary>
internal sealed class LogScan
{
    private LogScan(SegmentFiles files, LogGeometry geometry)
    {
        Files = files;
        Geometry = geometry;
    }

    public SegmentFiles Files { get; }

    public LogGeometry Geometry { get; private set; }

    public bool HasFiles => Segments.Count > 0;

    /// <summary>True when at least the first entry could be read.</summary>
    public bool IsReadable { get; private set; }

    public ulong LogId { get; private set; }

    /// <summary>First sequence held; <c>Last + 1</c> when the log holds none.</summary>
    public long First { get; private set; }

    public long Last { get; private set; }

    public long BeginAddress { get; private set; } = LogGeometry.FirstAddress;

    public long TailAddress { get; private set; } = LogGeometry.FirstAddress;

    /// <summary>The highest sequence that some intact entry, before or behind a hole, proves to have been acknowledged.</summary>
    public long ProvenCommitted { get; private set; }

    /// <summary>The highest sequence of any intact entry.</summary>
    public long HighestSeen { get; private set; }

    /// <summary>True when anything but zeros lies behind the tail: an unfinished write, or what lies behind a damage.</summary>
    public bool HasRemains { get; private set; }

    /// <summary>Segment numbers on disk, ascending.</summary>
    public List<long> Segments { get; private set; } = [];

    /// <summary>First sequence that each segment holds, for the readable part.</summary>
    public List<(long Segment, long FirstSequence)> Starts { get; } = [];

    /// <summary>For people: the file and offset where the readable part ends.</summary>
    public string TailPlace =>
        $"{Files.PathOf(Geometry.SegmentOf(TailAddress))} at offset {TailAddress & (Geometry.SegmentBytes - 1)}";

    /// <summary>Names of files missing between the first and the last one.</summary>
    public IEnumerable<string> MissingFiles()
    {
        for (var i = 1; i < Segments.Count; i++)
        {
            for (var missing = Segments[i - 1] + 1; missing < Segments[i]; missing++)
                yield return Files.PathOf(missing);
        }
    }

    /// <param name="files">The log's files.</param>
    /// <param name="fallback">Sizes to assume when the first entry cannot be read.</param>
    /// <param name="expectedLogId">The id to look for behind a damage when the first entry cannot be read; 0 when unknown.</param>
    public static LogScan Run(SegmentFiles files, LogGeometry fallback, ulong expectedLogId)
    {
        var scan = new LogScan(files, fallback) { Segments = files.List(), LogId = expectedLogId };
        if (!scan.HasFiles)
            return scan;
        scan.Geometry = ReadGeometry(files, scan.Segments[0]) ?? fallback;
        scan.BeginAddress = scan.TailAddress = scan.Geometry.StartOf(scan.Segments[0]);
        using var cursor = new LogCursor(files, scan.Geometry, scan.BeginAddress);
        scan.ReadEntries(cursor);
        scan.SearchRemains(cursor);
        return scan;
    }

    private void ReadEntries(LogCursor cursor)
    {
        while (cursor.TryNext(out var entry) && Accept(entry))
        {
            TailAddress = cursor.Address;
            ProvenCommitted = Math.Max(ProvenCommitted, entry.ProvenCommitted);
            HighestSeen = Last;
            var segment = Geometry.SegmentOf(cursor.EntryAddress);
            if (Starts.Count == 0 || Starts[^1].Segment != segment)
                Starts.Add((segment, entry.Kind == EntryKind.Genesis ? entry.Sequence + 1 : entry.Sequence));
        }
    }

    private bool Accept(in LogFrame entry)
    {
        if (!IsReadable)
        {
            IsReadable = true;
            LogId = entry.LogId;
            First = entry.Kind == EntryKind.Genesis ? entry.Sequence + 1 : entry.Sequence;
            Last = entry.Sequence;
            return true;
        }
        var follows = entry.Kind == EntryKind.Gap ? entry.Sequence > Last : entry.Kind == EntryKind.Data && entry.Sequence == Last + 1;
        if (!follows || entry.LogId != LogId)
            return false;
        Last = entry.Sequence;
        return true;
    }

    private void SearchRemains(LogCursor cursor)
    {
        var end = (Segments[^1] + 1) << Geometry.SegmentBits;
        for (var address = TailAddress; address < end; address = ((address >> Geometry.PageBits) + 1) << Geometry.PageBits)
        {
            var rest = cursor.RestOfPage(address);
            if (rest.IndexOfAnyExcept((byte)0) < 0)
                continue;
            HasRemains = true;
            SearchPage(rest);
        }
    }

    private void SearchPage(ReadOnlySpan<byte> page)
    {
        Span<byte> id = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(id, LogId);
        while (LogId != 0 && page.IndexOf(id) is var at and >= 0)
        {
            var length = at < sizeof(int) ? 0 : BinaryPrimitives.ReadInt32LittleEndian(page[(at - sizeof(int))..]);
            var step = 1;
            if (length >= LogFrame.HeaderBytes && length <= page.Length - at && LogFrame.TryRead(page.Slice(at, length), out var entry))
            {
                HighestSeen = Math.Max(HighestSeen, entry.Sequence);
                ProvenCommitted = Math.Max(ProvenCommitted, entry.ProvenCommitted);
                step = length;
            }
            page = page[(at + step)..];
        }
    }

    private static LogGeometry? ReadGeometry(SegmentFiles files, long segment)
    {
        const int Largest = 1 << 24;
        using var file = files.OpenForRead(segment);
        var at = segment == 0 ? LogGeometry.FirstAddress : 0;
        Span<byte> header = stackalloc byte[LogFrame.FasterHeaderBytes];
        if (RandomAccess.Read(file, header, at) < header.Length)
            return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (length is < LogFrame.HeaderBytes or > Largest)
            return null;
        var frame = new byte[length];
        if (RandomAccess.Read(file, frame, at + header.Length) < length || !LogFrame.TryRead(frame, out var entry))
            return null;
        return entry.Geometry.IsPlausible ? entry.Geometry : null;
    }
}
