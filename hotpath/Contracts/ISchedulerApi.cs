using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>
/// The <c>pipeline.v1.Scheduler</c> decisions as their callers see them, in this process or behind gRPC. What contradicts itself or
/// names what is not there ends with a <see cref="RequestRefusedException"/>, which behind gRPC is an <see cref="InvalidRequestException"/>
/// when it is <see cref="RefusalReason.InvalidArgument"/>.
/// </summary>
public interface ISchedulerApi
{
    Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default);

    Task<PlaceGangReply> PlaceGangAsync(PlaceGangRequest request, CancellationToken cancellation = default);

    /// <summary>Place with <see cref="PlaceRequest.MayPreempt"/>.</summary>
    Task<PlaceReply> PreemptAsync(PlaceRequest request, CancellationToken cancellation = default);

    Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default);

    Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default);

    Task<ReleaseGangReply> ReleaseGangAsync(ReleaseGangRequest request, CancellationToken cancellation = default);

    Task<ScheduleReply> ScheduleAsync(ScheduleRequest request, CancellationToken cancellation = default);

    Task<ReserveReply> ReserveAsync(ReserveRequest request, CancellationToken cancellation = default);

    Task<CancelReservationReply> CancelReservationAsync(CancelReservationRequest request, CancellationToken cancellation = default);

    Task<ListReservationsReply> ListReservationsAsync(ListReservationsRequest request, CancellationToken cancellation = default);

    Task<Explanation> ExplainAsync(ExplainRequest request, CancellationToken cancellation = default);

    Task<WhatIfReply> WhatIfAsync(WhatIfRequest request, CancellationToken cancellation = default);

    Task<SetSchedulingPolicyReply> SetSchedulingPolicyAsync(SetSchedulingPolicyRequest request, CancellationToken cancellation = default);

    Task<GetSchedulingPolicyReply> GetSchedulingPolicyAsync(GetSchedulingPolicyRequest request, CancellationToken cancellation = default);

    Task<SetTopologyReply> SetTopologyAsync(SetTopologyRequest request, CancellationToken cancellation = default);

    Task<SetBudgetReply> SetBudgetAsync(SetBudgetRequest request, CancellationToken cancellation = default);

    Task<ReportCheckpointReply> ReportCheckpointAsync(ReportCheckpointRequest request, CancellationToken cancellation = default);

    Task<ReportUtilizationReply> ReportUtilizationAsync(ReportUtilizationRequest request, CancellationToken cancellation = default);
}
