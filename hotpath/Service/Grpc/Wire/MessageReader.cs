using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>Takes messages from a request's body. DATA frame borders mean nothing to it.</summary>
internal sealed class MessageReader<T>(HttpRequest request, MessageParser<T> parser, int maxLength)
    where T : IMessage<T>
{
    private readonly PipeReader _body = request.BodyReader;
    private ReadOnlySequence<byte> _buffer;
    private bool _holdsBuffer;
    private bool _ended;

    /// <summary>Whether the message taken last came compressed.</summary>
    public bool Compressed { get; private set; }

    /// <summary>Takes a message that has arrived already.</summary>
    /// <exception cref="GrpcException">What arrived is no message, or too large.</exception>
    public bool TryTake(out T message)
    {
        message = default!;
        if (!MessageFrame.TryRead(_buffer, maxLength, out var frame) || _buffer.Length < MessageFrame.HeaderSize + frame.Length)
            return false;
        message = Parse(_buffer.Slice(MessageFrame.HeaderSize, frame.Length), frame.Compressed);
        _buffer = _buffer.Slice(MessageFrame.HeaderSize + frame.Length);
        return true;
    }

    /// <summary>Waits for bytes behind those that have arrived.</summary>
    /// <returns>False: the client has sent all it wants to send, and all of it was taken.</returns>
    /// <exception cref="GrpcException">The body ends within a message, or was cut off.</exception>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        if (!_ended)
        {
            Release();
            var read = await ReadAsync(cancellation).ConfigureAwait(false);
            (_buffer, _ended, _holdsBuffer) = (read.Buffer, read.IsCompleted, true);
            if (!_ended || !_buffer.IsEmpty)
                return true;
        }

        return _buffer.IsEmpty ? false : throw new GrpcException(GrpcStatusCode.Internal, "The request ends in the middle of a message.");
    }

    /// <summary>Takes the one message of a call that carries no more, and the end of the stream behind it.</summary>
    /// <exception cref="GrpcException">There is no message, or more than one.</exception>
    public async ValueTask<T> TakeOnlyAsync(CancellationToken cancellation)
    {
        T message;
        while (!TryTake(out message))
        {
            if (!await WaitAsync(cancellation).ConfigureAwait(false))
                throw new GrpcException(GrpcStatusCode.Unimplemented, "The call carries no message; it must carry exactly one.");
        }

        if (!_buffer.IsEmpty || await WaitAsync(cancellation).ConfigureAwait(false))
            throw new GrpcException(GrpcStatusCode.Unimplemented, "The call carries more than one message; it must carry exactly one.");
        return message;
    }

    // What was looked at but not taken stays in the pipe.
    private void Release()
    {
        if (_holdsBuffer)
            _body.AdvanceTo(_buffer.Start, _buffer.End);
        (_buffer, _holdsBuffer) = (default, false);
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return await _body.ReadAsync(cancellation).ConfigureAwait(false);
        }
        // A reset stream, a lost connection, or a body that trickles.
        catch (Exception exception) when (exception is IOException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new GrpcException(GrpcStatusCode.Cancelled, "The request was cut off.");
        }
    }

    private T Parse(in ReadOnlySequence<byte> bytes, bool compressed)
    {
        Compressed = compressed;
        if (compressed)
            MessageEncoding.RequireGzip(request.Headers);
        try
        {
            return parser.ParseFrom(compressed ? Gzip.Decompress(bytes, maxLength) : bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"The request is no valid {typeof(T).Name}: {exception.Message}");
        }
    }
}
