namespace Pipeline.Journal.Log;

/// <summary>Where reading can begin, in order: at least one mark for each segment that holds entries. Not safe for several threads.</summary>
internal sealed class LogMarks(List<LogMark> marks, LogGeometry geometry)
{
    private long _newest = geometry.SegmentOf(marks[^1].Address);

    /// <summary>First data sequence of the log.</summary>
    public long FirstSequence => marks[0].FirstSequence;

    public bool IsFirstOfSegment(long address) => geometry.SegmentOf(address) != _newest;

    /// <summary>Notes the first entry of a segment.</summary>
    public void Add(long address, long sequence)
    {
        marks.Add(new LogMark(address, sequence));
        _newest = geometry.SegmentOf(address);
    }

    /// <summary>The address to read from in order to meet a sequence.</summary>
    public long AddressFor(long sequence) => marks.Last(m => m.FirstSequence <= sequence || m == marks[0]).Address;

    /// <summary>Forgets whole segments that hold nothing above a sequence, and names them. The newest always stays.</summary>
    public List<long> RemoveThrough(long sequence)
    {
        List<long> segments = [];
        while (marks.Count > 1 && marks[1].FirstSequence <= sequence + 1)
        {
            if (SegmentOf(marks[1]) != SegmentOf(marks[0]))
                segments.Add(SegmentOf(marks[0]));
            marks.RemoveAt(0);
        }
        return segments;
    }

    private long SegmentOf(LogMark mark) => geometry.SegmentOf(mark.Address);
}
