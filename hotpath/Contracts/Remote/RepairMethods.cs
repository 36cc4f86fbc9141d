using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary><c>pipeline.v1.Repair</c>. Each command says itself what a second copy of it means, so all but one are safe to repeat.</summary>
internal static class RepairMethods
{
    private const string Service = "pipeline.v1.Repair";

    /// <summary>An alert is known by fingerprint, start and status; its second copy is a duplicate.</summary>
    public static readonly GrpcMethod<ReportAlertsRequest, ReportAlertsReply> ReportAlerts = new(Service, "ReportAlerts", ReportAlertsReply.Parser, true);

    /// <summary>An attempt begins once; its second beginning is answered as resumed, and the executor finds out whether it acted.</summary>
    public static readonly GrpcMethod<BeginStepRequest, BeginStepReply> BeginStep = new(Service, "BeginStep", BeginStepReply.Parser, true);

    /// <summary>An attempt is complete once; the second report is stale and changes nothing.</summary>
    public static readonly GrpcMethod<CompleteStepRequest, CompleteStepReply> CompleteStep = new(Service, "CompleteStep", CompleteStepReply.Parser, true);

    /// <summary>Looks at deadlines, and moves those that it acted on.</summary>
    public static readonly GrpcMethod<SweepRequest, SweepReply> Sweep = new(Service, "Sweep", SweepReply.Parser, true);

    /// <summary>The same policy again changes nothing.</summary>
    public static readonly GrpcMethod<RepairPolicy, SetPolicyReply> SetPolicy = new(Service, "SetPolicy", SetPolicyReply.Parser, true);

    /// <summary>The same teller is granted its own claim again.</summary>
    public static readonly GrpcMethod<ClaimTellingRequest, ClaimTellingReply> ClaimTelling = new(Service, "ClaimTelling", ClaimTellingReply.Parser, true);

    /// <summary>Says how far the story is told, not how much further; refused without the claim.</summary>
    public static readonly GrpcMethod<RecordTellingRequest, RecordTellingReply> RecordTelling = new(Service, "RecordTelling", RecordTellingReply.Parser, true);

    /// <summary>
    /// Not safe: it names no run. Between two copies the node may have come to a person again, for another fault, and the second copy
    /// would give it back unseen.
    /// </summary>
    public static readonly GrpcMethod<ReturnNodeRequest, ReturnNodeReply> ReturnNode = new(Service, "ReturnNode", ReturnNodeReply.Parser, false);

    public static readonly GrpcMethod<ListRunsRequest, ListRunsReply> ListRuns = new(Service, "ListRuns", ListRunsReply.Parser, true);

    public static readonly GrpcMethod<GetRunRequest, GetRunReply> GetRun = new(Service, "GetRun", GetRunReply.Parser, true);

    public static readonly GrpcMethod<ListAlertsRequest, ListAlertsReply> ListAlerts = new(Service, "ListAlerts", ListAlertsReply.Parser, true);
}
