using System.Threading.Channels;
using Google.Protobuf;

namespace Pipeline.Hotpath.Grpc;

/// <summary>
/// The messages to a client, from any number of threads. They wait in a bounded queue, whose one reader writes them to the connection.
/// A message must not be changed after it was handed over.
/// </summary>
public sealed class ReplyStream<T>
    where T : IMessage<T>
{
    private readonly Channel<QueuedReply<T>> _queue;
    private readonly CancellationToken _ended;

    internal ReplyStream(int capacity, CancellationToken ended)
    {
        _queue = Channel.CreateBounded<QueuedReply<T>>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _ended = ended;
    }

    internal ChannelReader<QueuedReply<T>> Messages => _queue.Reader;

    /// <summary>Waits while the client is too far behind.</summary>
    /// <param name="compress">False: this message goes out as it is, even where the call is compressed.</param>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public ValueTask WriteAsync(T message, bool compress = true) => WriteAsync(new QueuedReply<T>(message, null, compress));

    /// <summary>Messages that go out together; they take one place in the queue. The list must not be changed either.</summary>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public ValueTask WriteAllAsync(IReadOnlyList<T> messages) => WriteAsync(new QueuedReply<T>(default, messages, true));

    internal void Complete() => _queue.Writer.TryComplete();

    private ValueTask WriteAsync(QueuedReply<T> reply) => _queue.Writer.TryWrite(reply) ? ValueTask.CompletedTask : WaitAndWriteAsync(reply);

    private async ValueTask WaitAndWriteAsync(QueuedReply<T> reply)
    {
        try
        {
            await _queue.Writer.WriteAsync(reply, _ended).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw new OperationCanceledException("The call has ended.", closed, _ended);
        }
    }
}

/// <param name="Message">Null when there are several.</param>
/// <param name="Messages">Null when there is one.</param>
internal readonly record struct QueuedReply<T>(T? Message, IReadOnlyList<T>? Messages, bool Compress);
