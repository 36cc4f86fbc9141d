using Google.Protobuf;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc;

/// <summary>The messages that a client streams, for one reader at a time.</summary>
public sealed class RequestStream<T>
    where T : class, IMessage<T>
{
    private readonly MessageReader<T> _messages;
    private readonly GrpcCall _call;

    internal RequestStream(MessageReader<T> messages, GrpcCall call) => (_messages, _call) = (messages, call);

    /// <summary>The next message that has already arrived; it never waits. False says nothing about the end of the stream.</summary>
    /// <exception cref="GrpcException">What arrived is no message, or too large.</exception>
    public bool TryRead(out T message)
    {
        var taken = _messages.TryTake(out message);
        _call.RequestCompressed = _messages.Compressed;
        return taken;
    }

    /// <summary>The next message, or null after the last one.</summary>
    /// <exception cref="GrpcException">What arrived is no message, or too large, or the stream was cut off.</exception>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public ValueTask<T?> ReadAsync() => TryRead(out var message) ? new ValueTask<T?>(message) : WaitAndReadAsync();

    public async IAsyncEnumerable<T> ReadAllAsync()
    {
        while (await ReadAsync().ConfigureAwait(false) is { } message)
            yield return message;
    }

    internal async ValueTask<T> ReadOnlyAsync()
    {
        var message = await _messages.TakeOnlyAsync(_call.Cancellation).ConfigureAwait(false);
        _call.RequestCompressed = _messages.Compressed;
        return message;
    }

    private async ValueTask<T?> WaitAndReadAsync()
    {
        while (await _messages.WaitAsync(_call.Cancellation).ConfigureAwait(false))
        {
            if (TryRead(out var message))
                return message;
        }

        return null;
    }
}
