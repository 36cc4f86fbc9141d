using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>The nominations of another process.</summary>
public sealed class RemoteNominations(GrpcChannel channel) : INominations
{
    public Task<NominateReply> NominateAsync(NominateRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(NominationMethods.Nominate, request, cancellation);

    public Task<PlanEvictionsReply> PlanEvictionsAsync(PlanEvictionsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(NominationMethods.PlanEvictions, request, cancellation);

    public Task<BindReply> BindAsync(BindRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(NominationMethods.Bind, request, cancellation);
}
