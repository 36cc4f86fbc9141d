using Google.Protobuf;
using Pipeline.Contracts.Client.Wire;

namespace Pipeline.Contracts.Client;

/// <summary>A call whose response has begun. One reader at a time; disposing it before its end cancels it at the server.</summary>
public sealed class GrpcCall<TReply> : IDisposable
    where TReply : class, IMessage<TReply>
{
    private readonly HttpResponseMessage _response;
    private readonly MessageParser<TReply> _parser;
    private readonly MessageReader _messages;
    private readonly CallDeadline _deadline;
    private readonly bool _endedInHeaders;

    internal GrpcCall(HttpResponseMessage response, Stream body, MessageParser<TReply> parser, int maxSize, CallDeadline deadline, bool endedInHeaders)
    {
        _response = response;
        _parser = parser;
        _deadline = deadline;
        _endedInHeaders = endedInHeaders;
        var encoding = response.Headers.NonValidated.TryGetValues("grpc-encoding", out var named) ? named.ToString() : null;
        _messages = new MessageReader(body, encoding, maxSize);
    }

    /// <summary>What the server sent ahead of its messages.</summary>
    public GrpcMetadata Headers => ResponseStatus.Metadata(_response.Headers);

    /// <summary>What the server sent behind them; complete when <see cref="ReadAsync"/> has answered null.</summary>
    public GrpcMetadata Trailers => _endedInHeaders ? Headers : ResponseStatus.Metadata(_response.TrailingHeaders);

    /// <summary>The next message, or null when the call ended well.</summary>
    /// <exception cref="GrpcCallException">It ended otherwise.</exception>
    /// <exception cref="OperationCanceledException">The caller ended it.</exception>
    public async ValueTask<TReply?> ReadAsync()
    {
        try
        {
            if (await _messages.ReadAsync(_parser, _deadline.Token).ConfigureAwait(false) is { } message)
                return message;
            return _endedInHeaders || ResponseStatus.OfTrailers(_response) is not { } failure ? null : throw failure;
        }
        catch (EndOfStreamException)
        {
            // A server that gave up in the middle of a message may still have said why.
            throw ResponseStatus.OfTrailers(_response) ?? new GrpcCallException(GrpcStatusCode.Internal, "The response ends in the middle of a message.");
        }
        catch (Exception exception) when (_deadline.Explain(exception) is { } explained)
        {
            throw explained;
        }
    }

    public void Dispose()
    {
        _response.Dispose();
        _deadline.Dispose();
    }
}
