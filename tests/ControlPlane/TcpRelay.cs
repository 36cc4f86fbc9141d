using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.TestControlPlane;

/// <summary>A stretch of network before a server. It forwards bytes, so that TLS passes through it, and does what networks do when the test says so.</summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Pair, bool> _pairs = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private volatile bool _closed;
    private volatile bool _mute;
    private volatile bool _swallows;

    public TcpRelay(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new Uri($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Of the server, through this.</summary>
    public Uri Address { get; }

    /// <summary>Connections that were broken while they carried something.</summary>
    public int Broken { get; private set; }

    /// <summary>Breaks all connections; new ones are welcome.</summary>
    public void Cut()
    {
        foreach (var pair in _pairs.Keys)
        {
            if (_pairs.TryRemove(pair, out _))
            {
                Broken++;
                pair.Reset();
            }
        }
    }

    /// <summary>Breaks all connections, and each new one at once.</summary>
    public void Close()
    {
        _closed = true;
        Cut();
    }

    /// <summary>What the server says does not arrive any more; what it is told does.</summary>
    public void Mute() => _mute = true;

    /// <summary>Nothing gets through any more, and nobody is told: a machine that lost its power.</summary>
    public void Swallow() => _swallows = true;

    /// <summary>Ends what <see cref="Close"/>, <see cref="Mute"/> and <see cref="Swallow"/> began, for new connections.</summary>
    public void Open()
    {
        Cut();
        (_mute, _swallows, _closed) = (false, false, false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token);
                if (_closed)
                    Pair.Reset(client);
                else
                    _ = ForwardAsync(client);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var pair = new Pair(client, server);
        _pairs[pair] = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target.Port);
            await Task.WhenAny(CopyAsync(client, server, () => !_swallows), CopyAsync(server, client, () => !_swallows && !_mute));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        _pairs.TryRemove(pair, out _);
        pair.Reset();
    }

    private static async Task CopyAsync(Socket from, Socket to, Func<bool> passes)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                for (var sent = 0; passes() && sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }

    private sealed record Pair(Socket Client, Socket Server)
    {
        public void Reset()
        {
            Reset(Client);
            Reset(Server);
        }

        /// <summary>With a reset, as when a host dies, and not with a farewell.</summary>
        public static void Reset(Socket socket)
        {
            try
            {
                socket.Close(timeout: 0);
            }
            catch (ObjectDisposedException)
            {
            }
        }
    }
}
