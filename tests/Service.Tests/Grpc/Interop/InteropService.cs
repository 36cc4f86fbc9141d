using Google.Protobuf;
using Pipeline.Contracts;
using Pipeline.Hotpath.Grpc;

namespace Pipeline.Hotpath.Tests.Grpc.Interop;

/// <summary>The service of grpc/grpc doc/interop-test-descriptions.md.</summary>
internal sealed class InteropService(TimeProvider time)
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    public static void Add(GrpcServer grpc, TimeProvider time)
    {
        var service = new InteropService(time);
        grpc.Add(TestReflection.Descriptor.Services[0])
            .Unary("EmptyCall", Empty.Parser, (Empty _, CancellationToken _) => Task.FromResult(new Empty()))
            .Unary<SimpleRequest, SimpleResponse>("UnaryCall", SimpleRequest.Parser, service.UnaryAsync)
            .ClientStreaming("StreamingInputCall", StreamingInputCallRequest.Parser, service.InputAsync)
            .ServerStreaming<StreamingOutputCallRequest, StreamingOutputCallResponse>("StreamingOutputCall", StreamingOutputCallRequest.Parser, service.OutputAsync)
            .Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>("FullDuplexCall", StreamingOutputCallRequest.Parser, service.DuplexAsync);
    }

    private Task<SimpleResponse> UnaryAsync(SimpleRequest request, GrpcCall call)
    {
        Echo(call);
        Expect(request.ExpectCompressed, call);
        Refuse(request.ResponseStatus);
        call.CompressReplies = request.ResponseCompressed?.Value ?? false;
        // The name is not among the cases: it lets tests see who the server takes its caller for.
        return Task.FromResult(new SimpleResponse { Payload = Of(request.ResponseSize), Username = call.ClientCertificate?.Subject ?? "" });
    }

    private async Task<StreamingInputCallResponse> InputAsync(RequestStream<StreamingInputCallRequest> requests, GrpcCall call)
    {
        var sum = 0;
        await foreach (var request in requests.ReadAllAsync())
        {
            Expect(request.ExpectCompressed, call);
            sum += request.Payload?.Body.Length ?? 0;
        }

        return new StreamingInputCallResponse { AggregatedPayloadSize = sum };
    }

    private async Task OutputAsync(StreamingOutputCallRequest request, ReplyStream<StreamingOutputCallResponse> replies, GrpcCall call)
    {
        call.CompressReplies = true;
        await AnswerAsync(request, replies, call);
    }

    private async Task DuplexAsync(RequestStream<StreamingOutputCallRequest> requests, ReplyStream<StreamingOutputCallResponse> replies, GrpcCall call)
    {
        Echo(call);
        await foreach (var request in requests.ReadAllAsync())
        {
            Refuse(request.ResponseStatus);
            await AnswerAsync(request, replies, call);
        }
    }

    private async Task AnswerAsync(StreamingOutputCallRequest request, ReplyStream<StreamingOutputCallResponse> replies, GrpcCall call)
    {
        foreach (var wanted in request.ResponseParameters)
        {
            if (wanted.IntervalUs > 0)
                await Task.Delay(TimeSpan.FromMicroseconds(wanted.IntervalUs), time, call.Cancellation);
            await replies.WriteAsync(new StreamingOutputCallResponse { Payload = Of(wanted.Size) }, compress: wanted.Compressed?.Value ?? false);
        }
    }

    private static void Echo(GrpcCall call)
    {
        if (call.Metadata.TryGet(EchoInitial, out var initial))
            call.Headers.Add(EchoInitial, initial);
        foreach (var trailing in call.Metadata.GetBinary(EchoTrailing))
            call.Trailers.Add(EchoTrailing, trailing);
    }

    private static void Expect(BoolValue? compressed, GrpcCall call)
    {
        if (compressed is not null && compressed.Value != call.RequestCompressed)
            throw new GrpcException(GrpcStatusCode.InvalidArgument, $"expect_compressed: {compressed.Value}, but the message came otherwise");
    }

    private static void Refuse(EchoStatus? status)
    {
        if (status is { Code: not 0 })
            throw new GrpcException((GrpcStatusCode)status.Code, status.Message);
    }

    private static Payload Of(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
