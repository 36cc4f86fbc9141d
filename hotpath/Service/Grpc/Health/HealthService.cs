using Google.Protobuf.Reflection;
using Pipeline.Contracts;
using Pipeline.Contracts.Grpc.Health.V1;
using static Pipeline.Contracts.Grpc.Health.V1.HealthCheckResponse.Types;

namespace Pipeline.Hotpath.Grpc.Health;

/// <summary><c>grpc.health.v1.Health</c> (grpc/grpc doc/health-checking.md). The empty name is the whole server.</summary>
internal sealed class HealthService(HealthBoard board, IReadOnlyList<ServiceDescriptor> services)
{
    public Task<HealthCheckResponse> CheckAsync(HealthCheckRequest request, CancellationToken cancellation)
        => IsServed(request.Service)
            ? Task.FromResult(new HealthCheckResponse { Status = board.Status })
            : throw new GrpcException(GrpcStatusCode.NotFound, $"There is no service {request.Service}.");

    /// <summary>Goes on until the caller or the server ends it.</summary>
    public async Task WatchAsync(HealthCheckRequest request, ReplyStream<HealthCheckResponse> replies, GrpcCall call)
    {
        var watcher = new HealthWatcher();
        // A service that is not served may be some day: the stream stays open.
        if (IsServed(request.Service))
            board.Add(watcher);
        else
            watcher.Tell(ServingStatus.ServiceUnknown);
        try
        {
            await foreach (var status in watcher.Changes.ReadAllAsync(call.Cancellation).ConfigureAwait(false))
                await replies.WriteAsync(new HealthCheckResponse { Status = status }).ConfigureAwait(false);
        }
        finally
        {
            board.Remove(watcher);
        }
    }

    private bool IsServed(string service) => service.Length == 0 || services.Any(served => served.FullName == service);
}

internal static class HealthRegistration
{
    public static void AddHealth(this GrpcServer grpc, HealthBoard board)
    {
        var service = new HealthService(board, grpc.Services);
        grpc.Add(HealthReflection.Descriptor.Services[0])
            .Unary("Check", HealthCheckRequest.Parser, service.CheckAsync)
            .ServerStreaming<HealthCheckRequest, HealthCheckResponse>("Watch", HealthCheckRequest.Parser, service.WatchAsync);
    }
}
