using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.GrafanaWebhook.Support;

/// <summary>Keeps what was reported; <see cref="Answer"/> decides what comes back. Every other call is a defect of the webhook.</summary>
internal sealed class RecordingRepairApi : IRepairApi
{
    public List<ReportAlertsRequest> Reports { get; } = [];

    public Func<ReportAlertsRequest, Task<ReportAlertsReply>> Answer { get; set; } = request => Task.FromResult(AllAccepted(request));

    public Alert OnlyAlert => Assert.Single(Assert.Single(Reports).Alerts);

    public static ReportAlertsReply AllAccepted(ReportAlertsRequest request)
    {
        var reply = new ReportAlertsReply();
        foreach (var _ in request.Alerts)
        {
            reply.Outcomes.Add(AlertOutcome.Accepted);
            reply.Runs.Add("run-1");
        }

        return reply;
    }

    public Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default)
    {
        lock (Reports)
            Reports.Add(request);
        return Answer(request);
    }

    public Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default) => throw Unexpected();

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default) => throw Unexpected();

    private static InvalidOperationException Unexpected() => new("The webhook only reports alerts.");
}
