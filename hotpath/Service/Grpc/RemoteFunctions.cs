using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Wakeups;

namespace Pipeline.Hotpath.Grpc;

/// <summary>The services that functions in another process need beside those that everybody may call.</summary>
internal static class RemoteFunctions
{
    public static void AddNodes(this GrpcServer grpc, INodeActions nodes, INodeWorkloads workloads) => grpc.Add(NodesReflection.Descriptor.Services[0])
        .Unary("StartAction", StartActionRequest.Parser, async (StartActionRequest request, CancellationToken cancellation) =>
            (await nodes.StartAsync(new NodeAction(request.Key, request.Node, request.Kind.ToKind(), request.GpuMask), cancellation).ConfigureAwait(false)).ToMessage())
        .Unary("GetAction", GetActionRequest.Parser, async (GetActionRequest request, CancellationToken cancellation) =>
            (await nodes.GetAsync(request.Key, cancellation).ConfigureAwait(false)).ToMessage())
        .Unary("CheckHealth", CheckHealthRequest.Parser, async (CheckHealthRequest request, CancellationToken cancellation) =>
        {
            var report = await nodes.CheckHealthAsync(request.Node, cancellation).ConfigureAwait(false);
            return new CheckHealthReply { Healthy = report.Healthy, Problems = { report.Problems }, ComingUp = report.IsComingUp };
        })
        .Unary("ListWorkloads", ListNodeWorkloadsRequest.Parser, async (ListNodeWorkloadsRequest request, CancellationToken cancellation) =>
        {
            var found = await workloads.ListWorkloadsAsync(request.Node, cancellation).ConfigureAwait(false);
            return new ListNodeWorkloadsReply { Workloads = { found.Select(workload => workload.ToMessage()) } };
        })
        .Unary("Evict", EvictRequest.Parser, async (EvictRequest request, CancellationToken cancellation) =>
            new EvictReply { Outcome = (await workloads.EvictAsync(request.Workload, cancellation).ConfigureAwait(false)).ToMessage() });

    public static void AddSimulation(this GrpcServer grpc, ISimulation simulation) => grpc.Add(SimulationReflection.Descriptor.Services[0])
        .Unary("Describe", DescribeSimulationRequest.Parser, async (DescribeSimulationRequest _, CancellationToken cancellation) =>
        {
            var description = await simulation.DescribeAsync(cancellation).ConfigureAwait(false);
            var kinds = description.Kinds.Select(kind => new FaultKind { Name = kind.Name, Title = kind.Title, NeedsGpu = kind.NeedsGpu });
            return new DescribeSimulationReply { Speed = description.Speed, Kinds = { kinds } };
        })
        .Unary("Break", BreakRequest.Parser, async (BreakRequest request, CancellationToken cancellation) =>
        {
            var result = await simulation.BreakAsync(new SimulatedFault(request.Node, request.Kind, request.Gpu), cancellation).ConfigureAwait(false);
            var reply = new BreakReply { AlertName = result.AlertName, Labels = { result.Labels.ToDictionary() } };
            if (result.Error is { } error)
                reply.Error = error;
            return reply;
        })
        .Unary("ListActions", ListActionsRequest.Parser, async (ListActionsRequest request, CancellationToken cancellation) =>
        {
            var actions = await simulation.ListActionsAsync(request.Node, cancellation).ConfigureAwait(false);
            return new ListActionsReply { Actions = { actions.Select(action => action.ToMessage()) } };
        });

    public static void AddWakeups(this GrpcServer grpc, WakeupBoard board) => grpc.Add(WakeupsReflection.Descriptor.Services[0])
        .ServerStreaming<FollowRequest, Wakeup>("Follow", FollowRequest.Parser, (_, replies, call) =>
            board.FollowAsync(wakeup => replies.WriteAsync(wakeup), call.Cancellation));
}
