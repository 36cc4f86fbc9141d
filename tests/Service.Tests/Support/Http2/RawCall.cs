using System.Buffers.Binary;
using Google.Protobuf;

namespace Pipeline.Hotpath.Tests.Support.Http2;

/// <summary>All that a server has sent on a stream.</summary>
internal sealed class RawCall(int stream)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Name, string Value)> _fields = [];
    private readonly MemoryStream _body = new();
    private readonly SemaphoreSlim _arrived = new(0);

    public int Stream => stream;

    /// <summary>HTTP/2 error code, when the server reset the stream.</summary>
    public int? ResetCode { get; private set; }

    /// <summary>How many header blocks came: one is trailers-only.</summary>
    public int HeaderBlocks { get; private set; }

    public byte[] Body
    {
        get
        {
            lock (_body)
                return _body.ToArray();
        }
    }

    public string this[string name]
    {
        get
        {
            lock (_fields)
                return string.Join(',', _fields.Where(field => field.Name == name).Select(field => field.Value));
        }
    }

    public string Status => this["grpc-status"];

    /// <summary>The messages in the body, flag before each.</summary>
    public List<(byte Flag, byte[] Bytes)> Messages
    {
        get
        {
            var messages = new List<(byte, byte[])>();
            for (var rest = Body.AsSpan(); rest.Length >= 5 && BinaryPrimitives.ReadInt32BigEndian(rest[1..]) <= rest.Length - 5;)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(rest[1..]);
                messages.Add((rest[0], rest.Slice(5, length).ToArray()));
                rest = rest[(5 + length)..];
            }

            return messages;
        }
    }

    public List<T> Replies<T>(MessageParser<T> parser)
        where T : IMessage<T>
        => [.. Messages.Select(message => parser.ParseFrom(message.Bytes))];

    /// <summary>Completes when the server has ended the stream, in whatever way.</summary>
    public async Task<RawCall> EndAsync()
    {
        await _ended.Task.WaitAsync(RawConnection.Bound);
        return this;
    }

    /// <summary>Completes when the server has begun to answer.</summary>
    public async Task WhenBegunAsync()
    {
        while (HeaderBlocks == 0)
            Assert.True(await _arrived.WaitAsync(RawConnection.Bound), "The server does not begin to answer.");
    }

    /// <summary>Completes when so many messages have arrived.</summary>
    public async Task WhenMessagesAsync(int count)
    {
        while (Messages.Count < count)
            Assert.True(await _arrived.WaitAsync(RawConnection.Bound), $"{Messages.Count} messages, not {count}; status '{Status}' {this["grpc-message"]}");
    }

    /// <summary>Completes when so many bytes of the body have arrived.</summary>
    public async Task WhenBytesAsync(int count)
    {
        while (Body.Length < count)
            Assert.True(await _arrived.WaitAsync(RawConnection.Bound), $"{Body.Length} bytes, not {count}; status '{Status}' {this["grpc-message"]}");
    }

    public void OnHeaders(ReadOnlySpan<byte> block, bool end)
    {
        lock (_fields)
            _fields.AddRange(Hpack.Decode(block));
        HeaderBlocks++;
        Arrived(end);
    }

    public void OnData(ReadOnlySpan<byte> bytes, bool end)
    {
        lock (_body)
            _body.Write(bytes);
        Arrived(end);
    }

    public void OnReset(int code)
    {
        ResetCode = code;
        Arrived(end: true);
    }

    public void OnLost() => _ended.TrySetException(new IOException("The connection was closed."));

    private void Arrived(bool end)
    {
        _arrived.Release();
        if (end)
            _ended.TrySetResult();
    }
}
