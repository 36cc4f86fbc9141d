using Google.Protobuf;
using Google.Protobuf.Reflection;
using Pipeline.Hotpath.Grpc.Calls;

namespace Pipeline.Hotpath.Grpc;

/// <summary>
/// Adds the methods of one service. A method that the <c>.proto</c> file does not have, or has with another shape or other messages, is
/// refused with an <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class GrpcServiceMethods
{
    private readonly ServiceDescriptor _service;
    private readonly ServerParts _server;
    private readonly Action<string, CallHandler> _add;

    internal GrpcServiceMethods(ServiceDescriptor service, ServerParts server, Action<string, CallHandler> add)
        => (_service, _server, _add) = (service, server, add);

    /// <summary>One request, one reply.</summary>
    public GrpcServiceMethods Unary<TRequest, TReply>(
        string method, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<TReply>> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : IMessage<TReply>
        => Add<TRequest, TReply>(method, (false, false), path => new UnaryCall<TRequest, TReply>(path, parser, handler, _server));

    /// <summary>One request, one reply, by a handler that reads or sends metadata, or wants to know its caller.</summary>
    public GrpcServiceMethods Unary<TRequest, TReply>(string method, MessageParser<TRequest> parser, Func<TRequest, GrpcCall, Task<TReply>> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : IMessage<TReply>
        => Add<TRequest, TReply>(method, (false, false), path => new ContextCall<TRequest, TReply>(
            path, parser, streams: false, async (requests, call) => await handler(await requests.ReadOnlyAsync().ConfigureAwait(false), call).ConfigureAwait(false), _server));

    /// <summary>Any number of requests, then one reply.</summary>
    public GrpcServiceMethods ClientStreaming<TRequest, TReply>(
        string method, MessageParser<TRequest> parser, Func<RequestStream<TRequest>, GrpcCall, Task<TReply>> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : IMessage<TReply>
        => Add<TRequest, TReply>(method, (true, false), path => new ContextCall<TRequest, TReply>(path, parser, streams: true, handler, _server));

    /// <summary>One request, any number of replies.</summary>
    public GrpcServiceMethods ServerStreaming<TRequest, TReply>(
        string method, MessageParser<TRequest> parser, Func<TRequest, ReplyStream<TReply>, GrpcCall, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : IMessage<TReply>
        => Add<TRequest, TReply>(method, (false, true), path => new StreamingCall<TRequest, TReply>(
            path, parser, async (requests, replies, call) => await handler(await requests.ReadOnlyAsync().ConfigureAwait(false), replies, call).ConfigureAwait(false), _server));

    /// <summary>Any number of messages each way, in any order.</summary>
    public GrpcServiceMethods Duplex<TRequest, TReply>(
        string method, MessageParser<TRequest> parser, Func<RequestStream<TRequest>, ReplyStream<TReply>, GrpcCall, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : IMessage<TReply>
        => Add<TRequest, TReply>(method, (true, true), path => new StreamingCall<TRequest, TReply>(path, parser, handler, _server));

    private GrpcServiceMethods Add<TRequest, TReply>(string name, (bool Client, bool Server) streams, Func<string, CallHandler> handler)
    {
        var method = _service.FindMethodByName(name) ?? throw new InvalidOperationException($"{_service.FullName} has no method {name}.");
        // By their short names: grpc.reflection.v1alpha is served with the messages of v1, which are the same on the wire.
        var matches = method.InputType.Name == typeof(TRequest).Name && method.OutputType.Name == typeof(TReply).Name
            && (method.IsClientStreaming, method.IsServerStreaming) == streams;
        if (!matches)
            throw new InvalidOperationException($"{method.FullName} has another shape, or other messages, in {_service.File.Name}.");
        var path = $"/{_service.FullName}/{name}";
        _add(path, handler(path));
        return this;
    }
}
