using System.Buffers;

namespace Pipeline.Hotpath.Extender;

/// <summary>Bytes in one block that grows and goes back to the pool: requests are too large to be left to the collector.</summary>
internal sealed class PooledBytes(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Room for so many bytes or more; what is used of it is told to <see cref="Advance"/>.</summary>
    public Memory<byte> Room(int least)
    {
        if (_bytes.Length - Length < least)
            Grow(Length + least);
        return _bytes.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    public void Dispose()
    {
        var bytes = _bytes;
        (_bytes, Length) = ([], 0);
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(least, _bytes.Length * 2));
        Memory.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
