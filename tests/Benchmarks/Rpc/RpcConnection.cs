using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>
/// A connection that calls one method, on the caller's thread. A usual client would take longer than the server that is measured. It
/// takes no notice of the server's windows, which small messages that are answered never fill.
/// </summary>
internal sealed class RpcConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _first;
    private readonly byte[] _next = Frames.NextHeaders();
    private readonly byte[] _in = new byte[256 * 1024];
    private readonly byte[] _out = new byte[256 * 1024];
    private int _received;
    private int _written;
    private int _stream = -1;

    public RpcConnection(int port, string path)
    {
        _first = Frames.FirstHeaders(path);
        _socket.Connect(IPAddress.Loopback, port);
        _socket.Send(Frames.Opening());
    }

    /// <summary>Writes the start of a call; it goes out with <see cref="Flush"/>.</summary>
    /// <returns>Its stream.</returns>
    public int Open()
    {
        _stream += 2;
        var headers = _stream == 1 ? _first : _next;
        Write(Frames.Headers, Frames.EndHeaders, _stream, headers);
        return _stream;
    }

    /// <summary>Writes bytes of the request's body.</summary>
    public void WriteBody(int stream, ReadOnlySpan<byte> body, bool end) => Write(Frames.Data, end ? Frames.EndStream : (byte)0, stream, body);

    public void Flush()
    {
        _socket.Send(_out.AsSpan(0, _written));
        _written = 0;
    }

    /// <summary>Waits for bytes and hands over every whole frame in them.</summary>
    /// <exception cref="InvalidOperationException">The server resets a call or goes away.</exception>
    public void Receive(IFrameSink sink)
    {
        var read = _socket.Receive(_in.AsSpan(_received));
        if (read == 0)
            throw new InvalidOperationException("The server closed the connection.");
        _received += read;
        var at = 0;
        while (_received - at >= Frames.HeaderSize)
        {
            var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(_in.AsSpan(at)) >> 8);
            if (_received - at < Frames.HeaderSize + length)
                break;
            Handle(_in.AsSpan(at, Frames.HeaderSize + length), sink);
            at += Frames.HeaderSize + length;
        }

        _in.AsSpan(at, _received - at).CopyTo(_in);
        _received -= at;
    }

    public void Dispose() => _socket.Dispose();

    private void Handle(ReadOnlySpan<byte> frame, IFrameSink sink)
    {
        var (type, flags, stream) = (frame[3], frame[4], BinaryPrimitives.ReadInt32BigEndian(frame[5..]));
        switch (type)
        {
            case Frames.Data:
                sink.Body(stream, frame[Frames.HeaderSize..]);
                break;
            case Frames.Headers when (flags & Frames.EndStream) != 0:
                sink.End(stream);
                break;
            case Frames.Settings or Frames.Ping when (flags & Frames.Ack) == 0:
                Write(type, Frames.Ack, 0, type == Frames.Ping ? frame[Frames.HeaderSize..] : []);
                Flush();
                break;
            case Frames.Reset or Frames.GoAway:
                throw new InvalidOperationException($"The server ends with a frame of type {type}: {Convert.ToHexString(frame)}");
        }
    }

    private void Write(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Frames.WriteHeader(_out.AsSpan(_written), payload.Length, type, flags, stream);
        payload.CopyTo(_out.AsSpan(_written + Frames.HeaderSize));
        _written += Frames.HeaderSize + payload.Length;
    }
}

/// <summary>What a server sends about calls.</summary>
internal interface IFrameSink
{
    void Body(int stream, ReadOnlySpan<byte> bytes);

    void End(int stream);
}
