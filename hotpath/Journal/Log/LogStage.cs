using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

/// <summary>
/// Entries that have a sequence number and are yet to be put into FASTER, in the frames in which it gets them, one after the other: length (4),
/// room for the header of <see cref="LogFrame"/>, then <see cref="FrameEntries"/>. Not safe for several threads.
/// </summary>
/// <param name="frameBytes">An entry with which a frame would exceed this begins the next one.</param>
internal sealed class LogStage(int frameBytes)
{
    /// <summary>Bytes that are taken before the stage is full; an entry that is larger is taken alone.</summary>
    public const int LimitBytes = 1 << 20;

    private const int LengthBytes = sizeof(int);
    private const int CountAt = LengthBytes + LogFrame.HeaderBytes;
    private const int EntriesAt = CountAt + FrameEntries.CountBytes;

    private byte[] _bytes = new byte[LimitBytes / 16];
    private int _used;

    // Where the last frame begins, and how many entries are in it.
    private int _frame;
    private int _count;

    /// <summary>So much has come that whoever empties it should set out.</summary>
    public bool IsHalfFull => _used >= LimitBytes / 2;

    /// <returns>False: it is full.</returns>
    public bool TryAdd(ReadOnlySpan<byte> entry)
    {
        var bytes = FrameEntries.LengthBytes + entry.Length;
        var begins = _count == 0 || _used + bytes - _frame - LengthBytes > frameBytes;
        var at = begins ? _used + EntriesAt : _used;
        var end = at + bytes;
        if (end > LimitBytes && _used > 0)
            return false;
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        if (begins)
        {
            EndFrame();
            (_frame, _count) = (_used, 0);
        }
        FrameEntries.Write(_bytes.AsSpan(at), entry);
        _used = end;
        _count++;
        return true;
    }

    /// <param name="at">Where the frame begins, 0 for the first; then where the next one does.</param>
    /// <param name="frame">The frame, with room for its header.</param>
    /// <param name="count">Entries in it.</param>
    /// <returns>False: there is no further one.</returns>
    public bool TryTake(ref int at, out Span<byte> frame, out int count)
    {
        frame = default;
        count = 0;
        if (at == _used)
            return false;
        EndFrame();
        frame = _bytes.AsSpan(at + LengthBytes, BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(at)));
        count = FrameEntries.Count(frame[LogFrame.HeaderBytes..]);
        at += LengthBytes + frame.Length;
        return true;
    }

    public void Clear() => (_used, _count) = (0, 0);

    // Not with each entry: the next one may come from another processor, which would have to fetch the beginning of the frame again.
    private void EndFrame()
    {
        if (_count == 0)
            return;
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_frame), _used - _frame - LengthBytes);
        FrameEntries.WriteCount(_bytes.AsSpan(_frame + CountAt), _count);
    }
}
