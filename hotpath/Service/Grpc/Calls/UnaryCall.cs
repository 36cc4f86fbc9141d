using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>One message in, one message out, by a handler that wants no more than its request.</summary>
internal sealed class UnaryCall<TRequest, TReply>(
    string method, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<TReply>> handler, ServerParts server)
    : CallHandler(method, server)
    where TRequest : IMessage<TRequest>
    where TReply : IMessage<TReply>
{
    protected override bool Streams => false;

    protected override bool WantsCall => false;

    protected override async Task RunAsync(HttpContext http, CallLife life, GrpcCall? call)
    {
        var messages = new MessageReader<TRequest>(http.Request, parser, Server.Options.MaxReceiveBytes);
        var request = await messages.TakeOnlyAsync(life.WireToken).ConfigureAwait(false);
        var reply = await life.WaitAsync(handler(request, life.Token)).ConfigureAwait(false);
        var compress = Server.Options.CompressReplies && MessageEncoding.IsGzipAccepted(http.Request.Headers);
        await AnswerAsync(http.Response, call, reply, compress, life).ConfigureAwait(false);
    }
}
