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
}
