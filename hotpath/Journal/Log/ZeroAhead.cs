using Microsoft.Win32.SafeHandles;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

/// <summary>
/// Writes zeros a stretch ahead of the log. The first write to blocks that were only reserved (or are a hole, after a recovery) makes
/// the file system change its metadata, for which fdatasync waits as well: half as long again on ext4 without a journal, and a commit of
/// the whole journal where there is one. Written in advance, that is paid once a stretch. Beyond the log a segment reads as zeros anyway.
/// </summary>
internal sealed class ZeroAhead(SegmentFiles files, long segmentBytes, DiskGate gate)
{
    // A quarter of the time of a commit to write, once in some hundred commits.
    private const int StretchBytes = 256 << 10;

    private static readonly byte[] Zeros = new byte[StretchBytes];

    private int _segment = -1;
    private long _end;
    private long _zeroed;

    /// <summary>The log was, or is about to be, written up to <paramref name="end"/> of the newest segment; nothing lies behind that.</summary>
    public void Follow(SafeFileHandle file, int segment, long end)
    {
        // A late write to a segment that is full has nothing ahead of it.
        if (segment < _segment)
            return;
        if (segment > _segment)
            (_segment, _end, _zeroed) = (segment, 0, 0);
        _end = Math.Max(_end, end);
        if (_end <= _zeroed)
            return;
        _zeroed = Math.Min((_end + StretchBytes) & -StretchBytes, segmentBytes);
        var bytes = (int)Math.Max(0, _zeroed - _end);
        gate.OnWrite(files.PathOf(segment), _end, bytes);
        RandomAccess.Write(file, Zeros.AsSpan(0, bytes), _end);
    }
}
