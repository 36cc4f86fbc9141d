using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>What every call of a server shares.</summary>
/// <param name="Stopping">Fires when streams are to end.</param>
internal sealed record ServerParts(GrpcOptions Options, TimeProvider Time, ILogger Logger, GrpcMetrics Metrics, CancellationToken Stopping);
