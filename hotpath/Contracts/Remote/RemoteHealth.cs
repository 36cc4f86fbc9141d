using Pipeline.Contracts.Client;
using Pipeline.Contracts.Grpc.Health.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>Asks another process how it is (<c>grpc.health.v1</c>).</summary>
public sealed class RemoteHealth(GrpcChannel channel)
{
    // Whoever asks about readiness waits for the answer.
    private static readonly GrpcCallOptions Patience = new() { Deadline = TimeSpan.FromSeconds(2) };
    private static readonly GrpcMethod<HealthCheckRequest, HealthCheckResponse> Check = new("grpc.health.v1.Health", "Check", HealthCheckResponse.Parser, false);

    /// <returns>Null when it is ready, otherwise what is wrong.</returns>
    public async Task<string?> NotReadyReasonAsync(CancellationToken cancellation)
    {
        try
        {
            var reply = await channel.CallAsync(Check, new HealthCheckRequest(), Patience, cancellation).ConfigureAwait(false);
            return reply.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : $"the hotpath at {channel.Address} is not ready; its own /readyz says why";
        }
        catch (GrpcCallException exception)
        {
            return $"the hotpath at {channel.Address} does not answer: {exception.Detail}";
        }
    }
}
