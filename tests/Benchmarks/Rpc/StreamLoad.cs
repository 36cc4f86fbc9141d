using System.Buffers.Binary;
using Pipeline.Benchmarks.Framework;
using Pipeline.Insight;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>
/// Messages on one bidirectional stream whose replies come in the order of the requests, always the same number in flight; measured
/// over several stretches.
/// </summary>
internal sealed class StreamLoad : IFrameSink
{
    private const int PrefixSize = 5;

    private readonly RpcConnection _connection;
    private readonly Requests _requests;
    private readonly TimeProvider _time;
    private readonly int _stream;
    private readonly Queue<long> _sent = new();
    private readonly byte[] _body = new byte[16 * 1024];
    private readonly byte[] _prefix = new byte[PrefixSize];
    private LatencyHistogram _latencies = new();
    private TimeSpan _elapsed;
    private long _allocated;
    private int _prefixRead;
    private long _rest;
    private int _toSend;
    private int _greetings;

    /// <param name="greetings">Replies that the server begins with, to no request.</param>
    public StreamLoad(RpcConnection connection, Requests requests, TimeProvider time, int greetings = 0)
    {
        (_connection, _requests, _time, _greetings) = (connection, requests, time, greetings);
        _stream = connection.Open();
        connection.Flush();
    }

    public Measurement Result => Measurement.Of(_latencies, _elapsed, _allocated);

    /// <summary>Forgets what was measured so far.</summary>
    public void Clear() => (_latencies, _elapsed, _allocated) = (new LatencyHistogram(), TimeSpan.Zero, 0);

    public void Run(int messages, int inFlight)
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var started = _time.GetTimestamp();
        _toSend = messages;
        while (_toSend > 0 || _sent.Count > 0)
        {
            Fill(inFlight);
            _connection.Receive(this);
        }

        _elapsed += _time.GetElapsedTime(started);
        _allocated += GC.GetTotalAllocatedBytes() - allocated;
    }

    void IFrameSink.Body(int stream, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_rest == 0)
            {
                var some = Math.Min(PrefixSize - _prefixRead, bytes.Length);
                bytes[..some].CopyTo(_prefix.AsSpan(_prefixRead));
                bytes = bytes[some..];
                if ((_prefixRead += some) < PrefixSize)
                    return;
                (_prefixRead, _rest) = (0, BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1)));
            }

            var body = (int)Math.Min(_rest, bytes.Length);
            bytes = bytes[body..];
            if ((_rest -= body) > 0)
                continue;
            if (_greetings > 0)
                _greetings--;
            else
                _latencies.Record((long)(_time.GetElapsedTime(_sent.Dequeue()).Ticks * 100));
        }
    }

    void IFrameSink.End(int stream) => throw new InvalidOperationException("The server ended the stream.");

    private void Fill(int inFlight)
    {
        var length = 0;
        for (; _toSend > 0 && _sent.Count < inFlight; _toSend--)
        {
            var message = _requests.Next();
            if (length + message.Length > _body.Length)
                break;
            message.CopyTo(_body.AsSpan(length));
            length += message.Length;
            _sent.Enqueue(_time.GetTimestamp());
        }

        if (length == 0)
            return;
        _connection.WriteBody(_stream, _body.AsSpan(0, length), end: false);
        _connection.Flush();
    }
}
