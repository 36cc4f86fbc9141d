using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>
/// A kept-alive HTTP/1.1 connection that sends prepared requests. A usual client would take longer than the server that is measured.
/// It understands answers with a Content-Length, which is what both servers send.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 * 1024];

    public HttpConnection(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <exception cref="InvalidOperationException">The answer is not 202.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request).ConfigureAwait(false);
        var (received, expected) = (0, int.MaxValue);
        while (received < expected)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(received)).ConfigureAwait(false);
            if (read == 0)
                throw new InvalidOperationException("The server closed the connection.");
            received += read;
            if (expected == int.MaxValue)
                expected = LengthOf(_buffer.AsSpan(0, received));
        }
        if (!_buffer.AsSpan(0, received).StartsWith("HTTP/1.1 202 "u8))
            throw new InvalidOperationException($"Not accepted: {Encoding.UTF8.GetString(_buffer, 0, received)}");
    }

    public void Dispose() => _socket.Dispose();

    private static int LengthOf(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return int.MaxValue;
        var field = "Content-Length: "u8;
        var at = answer[..end].IndexOf(field);
        if (at < 0)
            throw new InvalidOperationException("The answer has no Content-Length.");
        var value = answer[(at + field.Length)..];
        return end + 4 + int.Parse(value[..value.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
