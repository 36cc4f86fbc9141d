using Google.Protobuf.Reflection;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc.Health;
using Pipeline.Hotpath.Grpc.Reflection;

namespace Pipeline.Hotpath.Grpc;

/// <summary>The services on the gRPC port: <c>pipeline.v1</c>, health and reflection.</summary>
internal static class GrpcServices
{
    /// <summary>Those of <c>pipeline.v1</c>. They are made when they are first asked for, and that takes long.</summary>
    public static FileDescriptor[] Descriptions()
        => [SchedulerReflection.Descriptor, NominationsReflection.Descriptor, ClusterReflection.Descriptor, RepairReflection.Descriptor];

    public static void AddAll(this GrpcServer grpc, HotpathService hotpath, GrpcOptions options, HealthBoard health)
    {
        grpc.Add(SchedulerReflection.Descriptor.Services[0])
            .Unary("Place", PlaceRequest.Parser, hotpath.Scheduler.PlaceAsync)
            .Duplex<PlaceStreamRequest, PlaceStreamReply>("PlaceStream", PlaceStreamRequest.Parser, hotpath.PlaceStreams(options.PlaceWindow).ServeAsync)
            .Unary("PlaceGang", PlaceGangRequest.Parser, hotpath.Scheduler.PlaceGangAsync)
            .Unary("Preempt", PlaceRequest.Parser, hotpath.Scheduler.PreemptAsync)
            .Unary("Confirm", ConfirmRequest.Parser, hotpath.Scheduler.ConfirmAsync)
            .Unary("Release", ReleaseRequest.Parser, hotpath.Scheduler.ReleaseAsync)
            .Unary("ReleaseGang", ReleaseGangRequest.Parser, hotpath.Scheduler.ReleaseGangAsync)
            .Unary("Schedule", ScheduleRequest.Parser, hotpath.Scheduler.ScheduleAsync)
            .Unary("Reserve", ReserveRequest.Parser, hotpath.Scheduler.ReserveAsync)
            .Unary("CancelReservation", CancelReservationRequest.Parser, hotpath.Scheduler.CancelReservationAsync)
            .Unary("ListReservations", ListReservationsRequest.Parser, hotpath.Scheduler.ListReservationsAsync)
            .Unary("Explain", ExplainRequest.Parser, hotpath.Scheduler.ExplainAsync)
            .Unary("WhatIf", WhatIfRequest.Parser, hotpath.Scheduler.WhatIfAsync)
            .Unary("SetSchedulingPolicy", SetSchedulingPolicyRequest.Parser, hotpath.Scheduler.SetSchedulingPolicyAsync)
            .Unary("GetSchedulingPolicy", GetSchedulingPolicyRequest.Parser, hotpath.Scheduler.GetSchedulingPolicyAsync)
            .Unary("SetTopology", SetTopologyRequest.Parser, hotpath.Scheduler.SetTopologyAsync)
            .Unary("SetBudget", SetBudgetRequest.Parser, hotpath.Scheduler.SetBudgetAsync)
            .Unary("ReportCheckpoint", ReportCheckpointRequest.Parser, hotpath.Scheduler.ReportCheckpointAsync)
            .Unary("ReportUtilization", ReportUtilizationRequest.Parser, hotpath.Scheduler.ReportUtilizationAsync);

        grpc.Add(NominationsReflection.Descriptor.Services[0])
            .Unary("Nominate", NominateRequest.Parser, hotpath.Nominations.NominateAsync)
            .Unary("PlanEvictions", PlanEvictionsRequest.Parser, hotpath.Nominations.PlanEvictionsAsync)
            .Unary("Bind", BindRequest.Parser, hotpath.Nominations.BindAsync);

        grpc.Add(ClusterReflection.Descriptor.Services[0])
            .Unary("ListNodes", ListNodesRequest.Parser, hotpath.Cluster.ListNodesAsync)
            .Unary("GetNode", GetNodeRequest.Parser, hotpath.Cluster.GetNodeAsync)
            .Unary("ListWorkloads", ListWorkloadsRequest.Parser, hotpath.Cluster.ListWorkloadsAsync)
            .ServerStreaming<WatchRequest, WatchReply>("Watch", WatchRequest.Parser, (request, replies, call)
                => hotpath.Watches.WatchAsync(request, reply => replies.WriteAsync(reply), options.MaxWatchers, call.Cancellation))
            .ServerStreaming<WatchSequenceRequest, WatchSequenceReply>("WatchSequence", WatchSequenceRequest.Parser, (request, replies, call)
                => hotpath.Watches.FollowAsync(request, reply => replies.WriteAsync(reply), options.MaxWatchers, call.Cancellation));

        grpc.Add(RepairReflection.Descriptor.Services[0])
            .Unary("ReportAlerts", ReportAlertsRequest.Parser, hotpath.Repair.ReportAlertsAsync)
            .Unary("BeginStep", BeginStepRequest.Parser, hotpath.Repair.BeginStepAsync)
            .Unary("CompleteStep", CompleteStepRequest.Parser, hotpath.Repair.CompleteStepAsync)
            .Unary("Sweep", SweepRequest.Parser, hotpath.Repair.SweepAsync)
            .Unary("SetPolicy", RepairPolicy.Parser, hotpath.Repair.SetPolicyAsync)
            .Unary("ClaimTelling", ClaimTellingRequest.Parser, hotpath.Repair.ClaimTellingAsync)
            .Unary("RecordTelling", RecordTellingRequest.Parser, hotpath.Repair.RecordTellingAsync)
            .Unary("ReturnNode", ReturnNodeRequest.Parser, hotpath.Repair.ReturnNodeAsync)
            .Unary("ListRuns", ListRunsRequest.Parser, hotpath.Repair.ListRunsAsync)
            .Unary("GetRun", GetRunRequest.Parser, hotpath.Repair.GetRunAsync)
            .Unary("ListAlerts", ListAlertsRequest.Parser, hotpath.Repair.ListAlertsAsync);

        grpc.AddHealth(health);
        grpc.AddReflection();
    }
}
