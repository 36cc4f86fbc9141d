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
            await PumpAsync(http.Response, replies, call!, life.Token).ConfigureAwait(false);
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

    private static async Task PumpAsync(HttpResponse response, ReplyStream<TReply> replies, GrpcCall call, CancellationToken cancellation)
    {
        while (await replies.Messages.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!response.HasStarted)
                await StartAsync(response, call, call.CompressReplies).ConfigureAwait(false);
            // As many as there are go out together.
            while (replies.Messages.TryRead(out var reply))
                Write(response.BodyWriter, reply, reply.Compress && call.CompressReplies);
            if ((await response.BodyWriter.FlushAsync(cancellation).ConfigureAwait(false)).IsCompleted)
                throw new GrpcException(GrpcStatus.Cancelled, "The caller is gone.");
        }
    }

    private static void Write(PipeWriter output, in QueuedReply<TReply> reply, bool compress)
    {
        if (reply.Messages is null)
            MessageWriter.Write(output, reply.Message!, compress);
        for (var i = 0; i < reply.Messages?.Count; i++)
            MessageWriter.Write(output, reply.Messages[i], compress);
    }
}
