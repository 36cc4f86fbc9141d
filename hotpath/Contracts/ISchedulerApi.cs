using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>The <c>pipeline.v1.Scheduler</c> decisions as their callers see them, in this process or behind gRPC.</summary>
public interface ISchedulerApi
{
    Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default);

    Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default);

    Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default);
}
