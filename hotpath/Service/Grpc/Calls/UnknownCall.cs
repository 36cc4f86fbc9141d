using Microsoft.AspNetCore.Http;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>A call of a service or method that nobody serves.</summary>
internal sealed class UnknownCall(ServerParts server) : CallHandler("unknown", server)
{
    protected override bool Streams => false;

    protected override bool WantsCall => false;

    protected override Task RunAsync(HttpContext http, CallLife life, GrpcCall? call)
        => throw new GrpcException(GrpcStatusCode.Unimplemented, $"There is no method {http.Request.Path}.");
}
