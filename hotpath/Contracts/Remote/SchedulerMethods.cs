using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary><c>pipeline.v1.Scheduler</c>. The caller names the workload, and the same call about it again is answered by what is so already.</summary>
internal static class SchedulerMethods
{
    private const string Service = "pipeline.v1.Scheduler";

    public static readonly GrpcMethod<PlaceRequest, PlaceReply> Place = new(Service, "Place", PlaceReply.Parser, true);

    public static readonly GrpcMethod<ConfirmRequest, ConfirmReply> Confirm = new(Service, "Confirm", ConfirmReply.Parser, true);

    public static readonly GrpcMethod<ReleaseRequest, ReleaseReply> Release = new(Service, "Release", ReleaseReply.Parser, true);

    public static readonly GrpcMethod<PlaceGangRequest, PlaceGangReply> PlaceGang = new(Service, "PlaceGang", PlaceGangReply.Parser, true);

    public static readonly GrpcMethod<ReleaseGangRequest, ReleaseGangReply> ReleaseGang = new(Service, "ReleaseGang", ReleaseGangReply.Parser, true);

    /// <summary>A pass that is lost is made up for by the next one.</summary>
    public static readonly GrpcMethod<ScheduleRequest, ScheduleReply> Schedule = new(Service, "Schedule", ScheduleReply.Parser, true);

    public static readonly GrpcMethod<ExplainRequest, Explanation> Explain = new(Service, "Explain", Explanation.Parser, true);

    public static readonly GrpcMethod<WhatIfRequest, WhatIfReply> WhatIf = new(Service, "WhatIf", WhatIfReply.Parser, true);

    /// <summary>The same policy again changes nothing.</summary>
    public static readonly GrpcMethod<SetSchedulingPolicyRequest, SetSchedulingPolicyReply> SetSchedulingPolicy = new(Service, "SetSchedulingPolicy", SetSchedulingPolicyReply.Parser, true);

    public static readonly GrpcMethod<GetSchedulingPolicyRequest, GetSchedulingPolicyReply> GetSchedulingPolicy = new(Service, "GetSchedulingPolicy", GetSchedulingPolicyReply.Parser, true);

    /// <summary>The same tree again changes nothing.</summary>
    public static readonly GrpcMethod<SetTopologyRequest, SetTopologyReply> SetTopology = new(Service, "SetTopology", SetTopologyReply.Parser, true);

    public static readonly GrpcMethod<ReportCheckpointRequest, ReportCheckpointReply> ReportCheckpoint = new(Service, "ReportCheckpoint", ReportCheckpointReply.Parser, true);

    /// <summary>Not safe: it adds to what was reported before.</summary>
    public static readonly GrpcMethod<ReportUtilizationRequest, ReportUtilizationReply> ReportUtilization = new(Service, "ReportUtilization", ReportUtilizationReply.Parser, false);

    public static readonly GrpcMethod<PlaceRequest, PlaceReply> Preempt = new(Service, "Preempt", PlaceReply.Parser, true);

    /// <summary>
    /// Not safe: it means that the cluster has counted who is gone. Between two copies others may have been evicted, and the second
    /// would count them as gone.
    /// </summary>
    public static readonly GrpcMethod<SetBudgetRequest, SetBudgetReply> SetBudget = new(Service, "SetBudget", SetBudgetReply.Parser, false);

    /// <summary>The same reservation again is answered with what was admitted.</summary>
    public static readonly GrpcMethod<ReserveRequest, ReserveReply> Reserve = new(Service, "Reserve", ReserveReply.Parser, true);

    public static readonly GrpcMethod<CancelReservationRequest, CancelReservationReply> CancelReservation = new(Service, "CancelReservation", CancelReservationReply.Parser, true);

    public static readonly GrpcMethod<ListReservationsRequest, ListReservationsReply> ListReservations = new(Service, "ListReservations", ListReservationsReply.Parser, true);
}
