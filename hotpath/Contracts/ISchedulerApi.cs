using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>
/// The <c>pipeline.v1.Scheduler</c> decisions as their callers see them, in this process or behind gRPC. All throw a
/// <see cref="RequestRefusedException"/> for what contradicts itself or names what is not there.
/// </summary>
public interface ISchedulerApi
{
    Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default);

    Task<PlaceGangReply> PlaceGangAsync(PlaceGangRequest request, CancellationToken cancellation = default);

    Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default);

    Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default);

    Task<ReleaseGangReply> ReleaseGangAsync(ReleaseGangRequest request, CancellationToken cancellation = default);

    Task<ScheduleReply> ScheduleAsync(ScheduleRequest request, CancellationToken cancellation = default);

    Task<SetSchedulingPolicyReply> SetSchedulingPolicyAsync(SetSchedulingPolicyRequest request, CancellationToken cancellation = default);

    Task<GetSchedulingPolicyReply> GetSchedulingPolicyAsync(GetSchedulingPolicyRequest request, CancellationToken cancellation = default);

    Task<SetTopologyReply> SetTopologyAsync(SetTopologyRequest request, CancellationToken cancellation = default);

    Task<ReportCheckpointReply> ReportCheckpointAsync(ReportCheckpointRequest request, CancellationToken cancellation = default);

    Task<ReportUtilizationReply> ReportUtilizationAsync(ReportUtilizationRequest request, CancellationToken cancellation = default);
}
