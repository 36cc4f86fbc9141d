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
    private readonly Channel<(T Message, bool Compress)> _queue;
    private readonly CancellationToken _ended;

    internal ReplyStream(int capacity, CancellationToken ended)
    {
        _queue = Channel.CreateBounded<(T, bool)>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _ended = ended;
    }

    internal ChannelReader<(T Message, bool Compress)> Messages => _queue.Reader;

    /// <summary>Waits while the client is too far behind.</summary>
    /// <param name="compress">False: this message goes out as it is, even where the call is compressed.</param>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public ValueTask WriteAsync(T message, bool compress = true)
        => TryWrite(message, compress) ? ValueTask.CompletedTask : WaitAndWriteAsync(message, compress);

    /// <summary>Never waits.</summary>
    /// <returns>False: the client is too far behind, or the call has ended.</returns>
    public bool TryWrite(T message, bool compress = true) => _queue.Writer.TryWrite((message, compress));

    internal void Complete() => _queue.Writer.TryComplete();

    private async ValueTask WaitAndWriteAsync(T message, bool compress)
    {
        try
        {
            await _queue.Writer.WriteAsync((message, compress), _ended).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw new OperationCanceledException("The call has ended.", closed, _ended);
        }
    }
}
