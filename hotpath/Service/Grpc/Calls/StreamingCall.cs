using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>Any number of messages out. The handler fills a bounded queue; the call's own flow is the only one that writes to the connection.</summary>
internal sealed class StreamingCall<TRequest, TReply>(
    string method, MessageParser<TRequest> parser, Func<RequestStream<TRequest>, ReplyStream<TReply>, GrpcCall, Task> handler, ServerParts server)
    : CallHandler(method, server)
    where TRequest : class, IMessage<TRequest>
    where TReply : IMessage<TReply>
{
    protected override bool Streams => true;

    protected override bool WantsCall => true;

    protected override async Task RunAsync(HttpContext http, CallLife life, GrpcCall? call)
    {
        var requests = new RequestStream<TRequest>(new MessageReader<TRequest>(http.Request, parser, Server.Options.MaxReceiveBytes), call!);
        var replies = new ReplyStream<TReply>(Server.Options.StreamQueue, life.Token);
        var handling = HandleAsync(requests, replies, call!);
        life.Watch(handling);
        try
        {
            await PumpAsync(http.Response, replies, call!, life).ConfigureAwait(false);
        }
        finally
        {
            replies.Complete();
        }

        await handling.WaitAsync(life.Token).ConfigureAwait(false);
    }

    private async Task HandleAsync(RequestStream<TRequest> requests, ReplyStream<TReply> replies, GrpcCall call)
    {
        try
        {
            await handler(requests, replies, call).ConfigureAwait(false);
        }
        finally
        {
            replies.Complete();
        }
    }

    private static async Task PumpAsync(HttpResponse response, ReplyStream<TReply> replies, GrpcCall call, CallLife life)
    {
        while (await replies.Messages.WaitToReadAsync(life.Token).ConfigureAwait(false))
        {
            if (!response.HasStarted)
                await StartAsync(response, call, call.CompressReplies).ConfigureAwait(false);
            // Those that wait go out together. A handler as fast as this would otherwise fill the memory and never be flushed.
            for (var bytes = 0; bytes < FlushBytes && replies.Messages.TryRead(out var reply);)
                bytes += Write(response.BodyWriter, reply, reply.Compress && call.CompressReplies);
            // Kestrel closes the body before it announces the abort, and nobody hears that any more once the call is over.
            if ((await FlushAsync(response.BodyWriter, life).ConfigureAwait(false)).IsCompleted)
                life.Interrupt(Interruption.ClientGone);
        }
    }

    private static int Write(PipeWriter output, in QueuedReply<TReply> reply, bool compress)
    {
        if (reply.Messages is not { } messages)
            return MessageWriter.Write(output, reply.Message!, compress);
        var bytes = 0;
        for (var i = 0; i < messages.Count; i++)
            bytes += MessageWriter.Write(output, messages[i], compress);
        return bytes;
    }
}
