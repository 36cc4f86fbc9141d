using Pipeline.Benchmarks.Framework;
using Pipeline.Insight;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>Unary calls on a connection, always the same number in flight; measured over several stretches.</summary>
internal sealed class UnaryLoad(RpcConnection connection, Requests requests, TimeProvider time) : IFrameSink
{
    // More than are ever in flight, a power of two.
    private const int Slots = 1024;

    private readonly long[] _sent = new long[Slots];
    private readonly bool[] _placed = new bool[Slots];
    private byte[] _otherwise = [];
    private LatencyHistogram _latencies = new();
    private TimeSpan _elapsed;
    private long _allocated;
    private int _toSend;
    private int _inFlight;

    public Measurement Result => Measurement.Of(_latencies, _elapsed, _allocated);

    /// <summary>Forgets what was measured so far.</summary>
    public void Clear() => (_latencies, _elapsed, _allocated) = (new LatencyHistogram(), TimeSpan.Zero, 0);

    public void Run(int calls, int inFlight)
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var started = time.GetTimestamp();
        _toSend = calls;
        for (var i = 0; i < inFlight; i++)
            Send();
        while (_inFlight > 0)
        {
            connection.Flush();
            connection.Receive(this);
        }

        _elapsed += time.GetElapsedTime(started);
        _allocated += GC.GetTotalAllocatedBytes() - allocated;
    }

    // Behind the length comes the outcome, the first field: PLACED.
    void IFrameSink.Body(int stream, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 7 && bytes[5] == 8 && bytes[6] == 1)
            _placed[SlotOf(stream)] = true;
        else if (!bytes.IsEmpty)
            _otherwise = bytes.ToArray();
    }

    void IFrameSink.End(int stream)
    {
        if (!_placed[SlotOf(stream)])
            throw new InvalidOperationException($"A call did not end with a placement but with '{Convert.ToHexString(_otherwise)}'.");
        _latencies.Record((long)(time.GetElapsedTime(_sent[SlotOf(stream)]).Ticks * 100));
        _inFlight--;
        Send();
    }

    private void Send()
    {
        if (_toSend == 0)
            return;
        _toSend--;
        _inFlight++;
        var stream = connection.Open();
        _placed[SlotOf(stream)] = false;
        _sent[SlotOf(stream)] = time.GetTimestamp();
        connection.WriteBody(stream, requests.Next(), end: true);
    }

    private static int SlotOf(int stream) => (stream >> 1) & (Slots - 1);
}
