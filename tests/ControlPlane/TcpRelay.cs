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
    private readonly ConcurrentQueue<Pair> _lost = [];
    private readonly List<Pair> _late = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private volatile bool _closed;
    private volatile bool _mute;
    private volatile bool _swallows;
    private volatile bool _holds;
    private int _held;

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

    /// <summary>What the server is told stays on the way; what it says arrives.</summary>
    public void Hold() => _holds = true;

    /// <summary>Bytes that are on the way.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Breaks all connections for the clients; the server does not hear of it. New ones are welcome, and are not held.</summary>
    public void Lose()
    {
        var pairs = _pairs.Keys.Where(pair => _pairs.TryRemove(pair, out _)).ToList();
        pairs.ForEach(pair => pair.IsLost = true);
        _holds = false;
        foreach (var pair in pairs)
        {
            _lost.Enqueue(pair);
            Pair.Reset(pair.Client);
        }
    }

    /// <summary>What was on the way arrives at last.</summary>
    public async Task DeliverAsync()
    {
        while (_lost.TryDequeue(out var pair))
        {
            foreach (var bytes in pair.Held)
                await SendAsync(pair.Server, bytes, () => true);
            _late.Add(pair);
        }
    }

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
        foreach (var pair in _lost.Concat(_late))
            pair.Reset();
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
            await Task.WhenAny(CopyAsync(client, server, () => !_swallows, pair), CopyAsync(server, client, () => !_swallows && !_mute));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        _pairs.TryRemove(pair, out _);
        if (!pair.IsLost)
            pair.Reset();
    }

    /// <param name="held">Keeps what is held on the way; null: nothing ever is.</param>
    private async Task CopyAsync(Socket from, Socket to, Func<bool> passes, Pair? held = null)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                if (held is null || !(_holds || held.IsLost))
                {
                    await SendAsync(to, buffer.AsMemory(0, count), passes);
                    continue;
                }

                held.Held.Enqueue(buffer[..count]);
                Interlocked.Add(ref _held, count);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, Func<bool> passes)
    {
        for (var sent = 0; passes() && sent < bytes.Length;)
            sent += await to.SendAsync(bytes[sent..]);
    }

    private sealed record Pair(Socket Client, Socket Server)
    {
        public ConcurrentQueue<byte[]> Held { get; } = [];

        public bool IsLost { get; set; }

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
