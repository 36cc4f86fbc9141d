using System.Buffers.Binary;

namespace Pipeline.Journal.Log;

/// <summary>
/// Entries that have a sequence number and are yet to be put into FASTER, one after the other: length (4), room for the header of
/// <see cref="LogFrame"/>, payload. Not safe for several threads.
/// </summary>
internal sealed class LogStage
{
    /// <summary>Bytes that are taken before the stage is full; an entry that is larger is taken alone.</summary>
    public const int LimitBytes = 1 << 20;

    private const int LengthBytes = sizeof(int);

    private byte[] _bytes = new byte[LimitBytes / 16];
    private int _used;

    /// <summary>So much has come that whoever empties it should set out.</summary>
    public bool IsHalfFull => _used >= LimitBytes / 2;

    /// <returns>False: it is full.</returns>
    public bool TryAdd(ReadOnlySpan<byte> payload)
    {
        var end = _used + LengthBytes + LogFrame.HeaderBytes + payload.Length;
        if (end > LimitBytes && _used > 0)
            return false;
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_used), LogFrame.HeaderBytes + payload.Length);
        payload.CopyTo(_bytes.AsSpan(end - payload.Length));
        _used = end;
        return true;
    }

    /// <param name="at">Where the entry begins, 0 for the first; then where the next one does.</param>
    /// <param name="frame">The entry, with room for its header.</param>
    /// <returns>False: there is no further one.</returns>
    public bool TryTake(ref int at, out Span<byte> frame)
    {
        frame = default;
        if (at == _used)
            return false;
        frame = _bytes.AsSpan(at + LengthBytes, BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(at)));
        at += LengthBytes + frame.Length;
        return true;
    }

    public void Clear() => _used = 0;
}
