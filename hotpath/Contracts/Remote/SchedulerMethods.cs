using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>
/// <c>pipeline.v1.Scheduler</c>. The caller names the workload or gang, and the same call about it again is answered by what is so already;
/// reports are about the moment of the call and are not repeated.
/// </summary>
internal static class SchedulerMethods
{
    private const string Service = "pipeline.v1.Scheduler";

    public static readonly GrpcMethod<PlaceRequest, PlaceReply> Place = new(Service, "Place", PlaceReply.Parser, true);

    public static readonly GrpcMethod<PlaceGangRequest, PlaceGangReply> PlaceGang = new(Service, "PlaceGang", PlaceGangReply.Parser, true);

    public static readonly GrpcMethod<ConfirmRequest, ConfirmReply> Confirm = new(Service, "Confirm", ConfirmReply.Parser, true);

    public static readonly GrpcMethod<ReleaseRequest, ReleaseReply> Release = new(Service, "Release", ReleaseReply.Parser, true);

    public static readonly GrpcMethod<ReleaseGangRequest, ReleaseGangReply> ReleaseGang = new(Service, "ReleaseGang", ReleaseGangReply.Parser, true);

    public static readonly GrpcMethod<ScheduleRequest, ScheduleReply> Schedule = new(Service, "Schedule", ScheduleReply.Parser, false);

    public static readonly GrpcMethod<SetSchedulingPolicyRequest, SetSchedulingPolicyReply> SetSchedulingPolicy = new(Service, "SetSchedulingPolicy", SetSchedulingPolicyReply.Parser, true);

    public static readonly GrpcMethod<GetSchedulingPolicyRequest, GetSchedulingPolicyReply> GetSchedulingPolicy = new(Service, "GetSchedulingPolicy", GetSchedulingPolicyReply.Parser, true);

    public static readonly GrpcMethod<SetTopologyRequest, SetTopologyReply> SetTopology = new(Service, "SetTopology", SetTopologyReply.Parser, true);

    public static readonly GrpcMethod<ReportCheckpointRequest, ReportCheckpointReply> ReportCheckpoint = new(Service, "ReportCheckpoint", ReportCheckpointReply.Parser, false);

    public static readonly GrpcMethod<ReportUtilizationRequest, ReportUtilizationReply> ReportUtilization = new(Service, "ReportUtilization", ReportUtilizationReply.Parser, false);
}
