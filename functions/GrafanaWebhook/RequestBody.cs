using System.Buffers;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>The raw bytes of a request, in a pooled buffer that <see cref="Dispose"/> gives back.</summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>Bytes. A notification of 500 alerts has about this size; more is a mistake or an attack.</summary>
    public const int Limit = 1024 * 1024;

    private const int FirstSize = 4096;

    private readonly byte[]? _buffer;
    private readonly int _length;

    private RequestBody(byte[]? buffer, int length) => (_buffer, _length) = (buffer, length);

    /// <summary>The body is over <see cref="Limit"/>; there are no bytes.</summary>
    public bool IsTooLarge => _buffer is null;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Counts what arrives, because a chunked body does not tell its length.</summary>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > Limit)
            return default;
        // One byte more than expected, so that the end is seen without growing.
        var buffer = ArrayPool<byte>.Shared.Rent((int?)request.ContentLength + 1 ?? FirstSize);
        try
        {
            var length = 0;
            while (true)
            {
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false);
                length += read;
                if (length > Limit)
                    return default;
                if (read == 0)
                    return Take(ref buffer, length);
                if (length == buffer.Length)
                    Grow(ref buffer);
            }
        }
        finally
        {
            if (buffer.Length > 0)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    private static RequestBody Take(ref byte[] buffer, int length)
    {
        var body = new RequestBody(buffer, length);
        buffer = [];
        return body;
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, Limit + 1));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
