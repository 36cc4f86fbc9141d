using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

/// <summary>What the segment files really hold.</summary>
internal sealed class LogScan
{
    private readonly long _covered;
    private readonly ReplayEntry? _reader;

    private LogScan(SegmentFiles files, LogGeometry geometry, long covered, ReplayEntry? reader)
    {
        Files = files;
        Geometry = geometry;
        _covered = covered;
        _reader = reader;
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

    /// <summary>Where reading can begin: the first entry of each segment, and the first behind each damage that was skipped.</summary>
    public List<LogMark> Marks { get; } = [];

    /// <summary>Places, for people, where damaged entries were skipped because the checkpoint covers them.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>For people: the file and offset where the readable part ends.</summary>
    public string TailPlace => PlaceOf(TailAddress);

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
    /// <param name="covered">Entries up to this sequence are not needed: damage among them is stepped over.</param>
    /// <param name="reader">Is given the entries that are needed as they are found, before anything is judged.</param>
    /// <exception cref="LaterVersionException">A later version has written some of it.</exception>
    public static LogScan Run(SegmentFiles files, LogGeometry fallback, ulong expectedLogId, long covered, ReplayEntry? reader = null)
    {
        var scan = new LogScan(files, fallback, covered, reader) { Segments = files.List(), LogId = expectedLogId };
        if (!scan.HasFiles)
            return scan;
        scan.Geometry = ReadGeometry(files, scan.Segments[0]) ?? fallback;
        scan.BeginAddress = scan.TailAddress = scan.Geometry.StartOf(scan.Segments[0]);
        using var cursor = new LogCursor(files, scan.Geometry, scan.BeginAddress);
        scan.ReadEntries(cursor);
        while (scan.Last < covered && scan.TryStepOverDamage(cursor))
            scan.ReadEntries(cursor);
        scan.SearchRemains(cursor);
        return scan;
    }

    private void ReadEntries(LogCursor cursor)
    {
        while (cursor.TryNext(out var frame) && Accept(frame, cursor.FrameAddress))
        {
            TailAddress = cursor.Address;
            ProvenCommitted = Math.Max(ProvenCommitted, frame.ProvenCommitted);
            HighestSeen = Last;
            if (Marks.Count == 0 || Geometry.SegmentOf(Marks[^1].Address) != Geometry.SegmentOf(cursor.FrameAddress))
                Marks.Add(new LogMark(cursor.FrameAddress, frame.First));
            if (_reader != null)
                frame.Deliver(_covered, _reader);
        }
    }

    private bool Accept(in LogFrame frame, long address)
    {
        RefuseLater(frame, address);
        if (!IsReadable)
        {
            IsReadable = true;
            LogId = frame.LogId;
            First = frame.First;
            Last = frame.Sequence;
            return true;
        }
        var follows = frame.Kind == FrameKind.Gap ? frame.Sequence > Last : frame.HoldsEntries && frame.First == Last + 1;
        if (!follows || frame.LogId != LogId)
            return false;
        Last = frame.Sequence;
        return true;
    }

    private bool TryStepOverDamage(LogCursor cursor)
    {
        var address = TailAddress;
        while (cursor.TrySearch(LogId, EndAddress, ref address, out var frame))
        {
            RefuseLater(frame, address);
            if (frame.HoldsEntries && frame.First > Last && frame.First <= _covered + 1)
            {
                Skipped.Add(PlaceOf(TailAddress));
                First = frame.First;
                IsReadable = true;
                Last = frame.First - 1;
                Marks.Add(new LogMark(address, frame.First));
                cursor.Address = address;
                return true;
            }
            address++;
        }
        return false;
    }

    private void SearchRemains(LogCursor cursor)
    {
        for (var address = TailAddress; address < EndAddress && !HasRemains; address = cursor.NextPage(address))
            HasRemains = cursor.RestOfPage(address).IndexOfAnyExcept((byte)0) >= 0;
        for (var address = TailAddress; HasRemains && cursor.TrySearch(LogId, EndAddress, ref address, out var frame); address++)
        {
            RefuseLater(frame, address);
            HighestSeen = Math.Max(HighestSeen, frame.Sequence);
            ProvenCommitted = Math.Max(ProvenCommitted, frame.ProvenCommitted);
        }
    }

    private void RefuseLater(in LogFrame frame, long address)
    {
        if (frame.IsOfLaterForm)
            throw new LaterVersionException(PlaceOf(address));
    }

    private long EndAddress => (Segments[^1] + 1) << Geometry.SegmentBits;

    private string PlaceOf(long address) =>
        $"{Files.PathOf(Geometry.SegmentOf(address))} at offset {address & (Geometry.SegmentBytes - 1)}";

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
        var bytes = new byte[length];
        if (RandomAccess.Read(file, bytes, at + header.Length) < length || !LogFrame.TryRead(bytes, out var frame))
            return null;
        return frame.Geometry.IsPlausible ? frame.Geometry : null;
    }
}
