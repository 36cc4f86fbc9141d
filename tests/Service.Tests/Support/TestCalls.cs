using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Paths of the test service, and registration of handlers of a test's own under them.</summary>
internal static class TestCalls
{
    public const string Empty = "/grpc.testing.TestService/EmptyCall";
    public const string Unary = "/grpc.testing.TestService/UnaryCall";
    public const string Input = "/grpc.testing.TestService/StreamingInputCall";
    public const string Output = "/grpc.testing.TestService/StreamingOutputCall";
    public const string Duplex = "/grpc.testing.TestService/FullDuplexCall";

    public static GrpcServiceMethods AddTestService(this GrpcServer grpc) => grpc.Add(TestReflection.Descriptor.Services[0]);

    public static Action<GrpcServer> UnaryOf(Func<CancellationToken, Task<Empty>> handler)
        => grpc => grpc.AddTestService().Unary("EmptyCall", Pipeline.Hotpath.Tests.Grpc.Interop.Empty.Parser, (Empty _, CancellationToken cancellation) => handler(cancellation));

    public static Action<GrpcServer> OutputOf(Func<ReplyStream<StreamingOutputCallResponse>, GrpcCall, Task> handler)
        => grpc => grpc.AddTestService().ServerStreaming<StreamingOutputCallRequest, StreamingOutputCallResponse>(
            "StreamingOutputCall", StreamingOutputCallRequest.Parser, (_, replies, call) => handler(replies, call));

    public static StreamingOutputCallResponse Reply(int size) => new() { Payload = new Payload { Body = Google.Protobuf.ByteString.CopyFrom(new byte[size]) } };

    /// <summary>Waits until a call is interrupted.</summary>
    public static Task ForeverAsync(CancellationToken cancellation) => Task.Delay(Timeout.Infinite, cancellation);
}
