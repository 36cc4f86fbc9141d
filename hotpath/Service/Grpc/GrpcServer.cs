using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Grpc.Calls;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc;

/// <summary>
/// gRPC over HTTP/2 (grpc/grpc doc/PROTOCOL-HTTP2.md): finds the method of a request and lets it serve the call. Methods are added
/// before it starts.
/// </summary>
public sealed class GrpcServer : IDisposable
{
    private readonly Dictionary<string, CallHandler> _methods = new(StringComparer.Ordinal);
    private readonly List<ServiceDescriptor> _services = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly GrpcMetrics _metrics = new();
    private readonly ServerParts _parts;
    private readonly CallHandler _unknown;

    public GrpcServer(GrpcOptions options, TimeProvider time, ILogger logger)
    {
        _parts = new ServerParts(options, time, logger, _metrics, _stopping.Token);
        _unknown = new UnknownCall(_parts);
    }

    /// <summary>The services that have been added, in their order.</summary>
    public IReadOnlyList<ServiceDescriptor> Services => _services;

    /// <summary>Calls that are going on.</summary>
    public long RunningCalls => _metrics.RunningCalls;

    /// <summary>Adds a service; its methods are to be added to what this returns. One that is not is answered with UNIMPLEMENTED.</summary>
    public GrpcServiceMethods Add(ServiceDescriptor service)
    {
        _services.Add(service);
        return new GrpcServiceMethods(service, _parts, _methods.Add);
    }

    /// <summary>Ends every stream with UNAVAILABLE. Other calls come to their own end.</summary>
    public void EndStreams() => _stopping.Cancel();

    public void Dispose()
    {
        _metrics.Dispose();
        _stopping.Dispose();
    }

    internal Task ServeAsync(HttpContext http)
    {
        if (!ContentType.IsGrpc(http.Request.ContentType))
            return RefuseAsync(http, StatusCodes.Status415UnsupportedMediaType);
        if (!HttpMethods.IsPost(http.Request.Method))
            return RefuseAsync(http, StatusCodes.Status405MethodNotAllowed);
        return _methods.GetValueOrDefault(http.Request.Path.Value ?? "", _unknown).ServeAsync(http);
    }

    private static Task RefuseAsync(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
