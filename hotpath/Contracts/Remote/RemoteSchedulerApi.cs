using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>The scheduler of another process.</summary>
public sealed class RemoteSchedulerApi(GrpcChannel channel) : ISchedulerApi
{
    public Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Place, request, cancellation);

    public Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Confirm, request, cancellation);

    public Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Release, request, cancellation);
}
