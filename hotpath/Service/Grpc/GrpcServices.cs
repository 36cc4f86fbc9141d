using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Grpc;

/// <summary>The services on the gRPC port: <c>pipeline.v1</c> and health.</summary>
internal static class GrpcServices
{
    public static void MapAll(this UnaryGrpc grpc, HotpathService hotpath)
    {
        const string Scheduler = "pipeline.v1.Scheduler";
        grpc.Map(Scheduler, "Place", PlaceRequest.Parser, hotpath.Scheduler.PlaceAsync);
        grpc.Map(Scheduler, "Confirm", ConfirmRequest.Parser, hotpath.Scheduler.ConfirmAsync);
        grpc.Map(Scheduler, "Release", ReleaseRequest.Parser, hotpath.Scheduler.ReleaseAsync);

        const string Cluster = "pipeline.v1.Cluster";
        grpc.Map(Cluster, "ListNodes", ListNodesRequest.Parser, hotpath.Cluster.ListNodesAsync);
        grpc.Map(Cluster, "GetNode", GetNodeRequest.Parser, hotpath.Cluster.GetNodeAsync);
        grpc.Map(Cluster, "ListWorkloads", ListWorkloadsRequest.Parser, hotpath.Cluster.ListWorkloadsAsync);

        const string Repair = "pipeline.v1.Repair";
        grpc.Map(Repair, "ReportAlerts", ReportAlertsRequest.Parser, hotpath.Repair.ReportAlertsAsync);
        grpc.Map(Repair, "BeginStep", BeginStepRequest.Parser, hotpath.Repair.BeginStepAsync);
        grpc.Map(Repair, "CompleteStep", CompleteStepRequest.Parser, hotpath.Repair.CompleteStepAsync);
        grpc.Map(Repair, "Sweep", SweepRequest.Parser, hotpath.Repair.SweepAsync);
        grpc.Map(Repair, "SetPolicy", RepairPolicy.Parser, hotpath.Repair.SetPolicyAsync);
        grpc.Map(Repair, "ClaimTelling", ClaimTellingRequest.Parser, hotpath.Repair.ClaimTellingAsync);
        grpc.Map(Repair, "RecordTelling", RecordTellingRequest.Parser, hotpath.Repair.RecordTellingAsync);
        grpc.Map(Repair, "ReturnNode", ReturnNodeRequest.Parser, hotpath.Repair.ReturnNodeAsync);
        grpc.Map(Repair, "ListRuns", ListRunsRequest.Parser, hotpath.Repair.ListRunsAsync);
        grpc.Map(Repair, "GetRun", GetRunRequest.Parser, hotpath.Repair.GetRunAsync);
        grpc.Map(Repair, "ListAlerts", ListAlertsRequest.Parser, hotpath.Repair.ListAlertsAsync);

        grpc.Map("grpc.health.v1.Health", "Check", HealthCheckRequest.Parser, (request, _) => Task.FromResult(Check(request, hotpath)));
        grpc.MapUnimplemented();
    }

    private static HealthCheckResponse Check(HealthCheckRequest request, HotpathService hotpath) => request.Service switch
    {
        "" or "pipeline.v1.Scheduler" or "pipeline.v1.Cluster" or "pipeline.v1.Repair" => new HealthCheckResponse
        {
            Status = hotpath.NotReadyReason is null ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
        },
        _ => throw new GrpcException(GrpcStatus.NotFound, $"There is no service {request.Service}."),
    };
}
