using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>One message out, by a handler that wants its <see cref="GrpcCall"/>: a unary call, or a client's stream.</summary>
internal sealed class ContextCall<TRequest, TReply>(
    string method, MessageParser<TRequest> parser, bool streams, Func<RequestStream<TRequest>, GrpcCall, Task<TReply>> handler, ServerParts server)
    : CallHandler(method, server)
    where TRequest : class, IMessage<TRequest>
    where TReply : IMessage<TReply>
{
    protected override bool Streams => streams;

    protected override bool WantsCall => true;

    protected override async Task RunAsync(HttpContext http, CallLife life, GrpcCall? call)
    {
        var messages = new MessageReader<TRequest>(http.Request, parser, Server.Options.MaxReceiveBytes);
        var reply = await life.WaitAsync(handler(new RequestStream<TRequest>(messages, call!), call!)).ConfigureAwait(false);
        await AnswerAsync(http.Response, call, reply, call!.CompressReplies, life).ConfigureAwait(false);
    }
}
