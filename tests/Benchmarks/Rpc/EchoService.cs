using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>The baseline: reads the same requests and sends replies of the same size, on the same server, without asking the loop.</summary>
internal static class EchoService
{
    public static void Add(GrpcServer grpc) => grpc.Add(EchoReflection.Descriptor.Services[0])
        .Unary("Unary", PlaceRequest.Parser, (PlaceRequest request, CancellationToken _) => Task.FromResult(ReplyTo(request)))
        .Duplex<PlaceRequest, PlaceReply>("Stream", PlaceRequest.Parser, StreamAsync);

    private static async Task StreamAsync(RequestStream<PlaceRequest> requests, ReplyStream<PlaceReply> replies, GrpcCall call)
    {
        while (await requests.ReadAsync() is { } request)
            await replies.WriteAsync(ReplyTo(request));
    }

    private static PlaceReply ReplyTo(PlaceRequest request)
        => new() { Outcome = PlaceOutcome.Placed, Node = "gpu-0001", GpuMask = (uint)(1 << (int)(request.Workload % 8)) };
}
