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

    public Task<PlaceGangReply> PlaceGangAsync(PlaceGangRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.PlaceGang, request, cancellation);

    public Task<ReleaseGangReply> ReleaseGangAsync(ReleaseGangRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.ReleaseGang, request, cancellation);

    public Task<ScheduleReply> ScheduleAsync(ScheduleRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Schedule, request, cancellation);

    public Task<Explanation> ExplainAsync(ExplainRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Explain, request, cancellation);

    public Task<WhatIfReply> WhatIfAsync(WhatIfRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.WhatIf, request, cancellation);

    public Task<SetSchedulingPolicyReply> SetSchedulingPolicyAsync(SetSchedulingPolicyRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.SetSchedulingPolicy, request, cancellation);

    public Task<GetSchedulingPolicyReply> GetSchedulingPolicyAsync(GetSchedulingPolicyRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.GetSchedulingPolicy, request, cancellation);

    public Task<SetTopologyReply> SetTopologyAsync(SetTopologyRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.SetTopology, request, cancellation);

    public Task<ReportCheckpointReply> ReportCheckpointAsync(ReportCheckpointRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.ReportCheckpoint, request, cancellation);

    public Task<ReportUtilizationReply> ReportUtilizationAsync(ReportUtilizationRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.ReportUtilization, request, cancellation);

    public Task<PlaceReply> PreemptAsync(PlaceRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Preempt, request, cancellation);

    public Task<SetBudgetReply> SetBudgetAsync(SetBudgetRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.SetBudget, request, cancellation);

    public Task<ReserveReply> ReserveAsync(ReserveRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.Reserve, request, cancellation);

    public Task<CancelReservationReply> CancelReservationAsync(CancelReservationRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.CancelReservation, request, cancellation);

    public Task<ListReservationsReply> ListReservationsAsync(ListReservationsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(SchedulerMethods.ListReservations, request, cancellation);
}
