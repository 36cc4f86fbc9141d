using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>The repair service of another process.</summary>
public sealed class RemoteRepairApi(GrpcChannel channel) : IRepairApi
{
    public Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.ReportAlerts, request, cancellation);

    public Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.BeginStep, request, cancellation);

    public Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.CompleteStep, request, cancellation);

    public Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.Sweep, request, cancellation);

    public Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.SetPolicy, request, cancellation);

    public Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.ClaimTelling, request, cancellation);

    public Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.RecordTelling, request, cancellation);

    public Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.ReturnNode, request, cancellation);

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.ListRuns, request, cancellation);

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.GetRun, request, cancellation);

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(RepairMethods.ListAlerts, request, cancellation);
}
