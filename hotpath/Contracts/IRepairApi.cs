using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>
/// The <c>pipeline.v1.Repair</c> service as its callers see it, whether it runs in this process or behind gRPC.
/// </summary>
/// <remarks>
/// Every call may throw <see cref="HotpathUnavailableException"/>; the caller then knows nothing about the outcome. A request that is
/// invalid throws <see cref="InvalidRequestException"/> with a message that names the field, and nothing was done.
/// </remarks>
public interface IRepairApi
{
    Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default);

    Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default);

    Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default);

    Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default);

    Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default);

    Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default);

    Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default);

    Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default);

    Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default);

    Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default);

    Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default);
}
