using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pipeline.Hotpath.Extender;

/// <summary>Reads a request's body into one block.</summary>
internal static class RequestBody
{
    private const int FirstRoom = 64 << 10;

    /// <exception cref="BadHttpRequestException">It is larger than <paramref name="most"/>, or broke off.</exception>
    public static async Task<PooledBytes> ReadAsync(HttpContext http, int most)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = most;
        // One byte more than is announced, so that the end is seen without growing.
        var bytes = new PooledBytes((int)Math.Min(http.Request.ContentLength + 1 ?? FirstRoom, most));
        try
        {
            while (true)
            {
                var read = await http.Request.Body.ReadAsync(bytes.Room(1), http.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                    return bytes;
                bytes.Advance(read);
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }
}
