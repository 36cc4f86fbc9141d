using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.Hotpath.Tests.Support.Http2;

/// <summary>HTTP/2 frame by frame (RFC 9113), so that a test can break every rule of it.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly ConcurrentDictionary<int, RawCall> _calls = new();
    private readonly TaskCompletionSource<int> _goAway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1);
    private NetworkStream _stream = null!;
    private int _next = 1;

    /// <summary>Of the server. Taking one waits for it.</summary>
    public SemaphoreSlim Pings { get; } = new(0);

    /// <summary>False: as if the client's machine were gone.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Error code of the server's GOAWAY.</summary>
    public Task<int> GoAway => _goAway.Task.WaitAsync(Bound);

    /// <summary>Completes when the server has closed the connection.</summary>
    public Task Closed => _closed.Task.WaitAsync(Bound);

    /// <param name="window">Bytes that the server may send on a stream, and on the whole connection.</param>
    public static async Task<RawConnection> OpenAsync(int port, int window = int.MaxValue)
    {
        var connection = await ConnectAsync(port);
        // No remembered headers; the window.
        await connection.WriteAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0, [0, 1, 0, 0, 0, 0, 0, 4, .. Int(window)])]);
        if (window > 65_535)
            await connection.WriteAsync(Frame(8, 0, 0, Int(window - 65_535)));
        return connection;
    }

    /// <summary>Connects and says nothing.</summary>
    public static async Task<RawConnection> ConnectAsync(int port)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync(IPAddress.Loopback, port);
        connection._stream = connection._client.GetStream();
        _ = Task.Run(connection.ReadAsync);
        return connection;
    }

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
        => [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, .. Int(stream), .. payload];

    /// <summary>Sends the headers of a call.</summary>
    public async Task<RawCall> StartAsync(string path, params (string Name, string Value)[] more)
    {
        var call = new RawCall(_next);
        _next += 2;
        _calls[call.Stream] = call;
        (string, string)[] usual =
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("te", "trailers"), ("content-type", "application/grpc"),
        ];
        await WriteAsync(Frame(1, 4, call.Stream, Hpack.Encode([.. usual, .. more])));
        return call;
    }

    public Task SendAsync(RawCall call, byte[] data, bool end = false) => WriteAsync(Frame(0, end ? (byte)1 : (byte)0, call.Stream, data));

    public Task ResetAsync(RawCall call, int code = 8) => WriteAsync(Frame(3, 0, call.Stream, Int(code)));

    /// <summary>Lets the server send so many bytes more, on the call and on the connection.</summary>
    public Task GrantAsync(RawCall call, int bytes) => WriteAsync([.. Frame(8, 0, call.Stream, Int(bytes)), .. Frame(8, 0, 0, Int(bytes))]);

    /// <summary>Sends all that a call has to send.</summary>
    public async Task<RawCall> AskAsync(string path, byte[] body, params (string Name, string Value)[] more)
    {
        var call = await StartAsync(path, more);
        await SendAsync(call, body, end: true);
        return call;
    }

    /// <summary>A whole call with a body of the test's choosing.</summary>
    public async Task<RawCall> CallAsync(string path, byte[] body, params (string Name, string Value)[] more)
        => await (await AskAsync(path, body, more)).EndAsync();

    public async Task WriteAsync(byte[] bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadAsync()
    {
        var header = new byte[9];
        try
        {
            while (true)
            {
                await _stream.ReadExactlyAsync(header);
                var payload = new byte[header[0] << 16 | header[1] << 8 | header[2]];
                await _stream.ReadExactlyAsync(payload);
                await HandleAsync(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Closed, by either side.
        }
        finally
        {
            _closed.TrySetResult();
            _goAway.TrySetException(new IOException("The connection was closed without GOAWAY."));
            foreach (var call in _calls.Values)
                call.OnLost();
        }
    }

    private async Task HandleAsync(byte type, byte flags, int stream, byte[] payload)
    {
        var end = (flags & 1) != 0;
        switch (type)
        {
            case 0:
                _calls[stream].OnData(payload, end);
                break;
            case 1:
                Assert.True((flags & 4) != 0, "The headers go on in another frame, which this client does not know.");
                _calls[stream].OnHeaders(payload, end);
                break;
            case 3:
                _calls[stream].OnReset(BinaryPrimitives.ReadInt32BigEndian(payload));
                break;
            case 4 when !end:
                await WriteAsync(Frame(type, 1, 0, []));
                break;
            case 6 when !end:
                Pings.Release();
                if (AnswersPings)
                    await WriteAsync(Frame(type, 1, 0, payload));
                break;
            case 7:
                _goAway.TrySetResult(BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(4)));
                break;
        }
    }

    private static byte[] Int(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
